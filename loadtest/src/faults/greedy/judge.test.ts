import { expect, test } from "vitest";
import { wrongIn } from "./judge.ts";

const ended = (word: string, s: number, count = 1) =>
  Array.from({ length: count }, () => ({ word, afterMs: s * 1_000 }));

test("silent sockets that are closed at 5 s, make room or are refused are as they should be", () => {
  const endings = [...ended("CLOSE 4401", 5.2, 90), ...ended("CLOSE 4004", 2, 5), ...ended("REFUSED 503", 0.01, 5)];

  expect(wrongIn({ name: "silent", endings })).toEqual([]);
});

test("one in a hundred may be a little late, and two may not", () => {
  const good = ended("CLOSE 4401", 5, 98);

  expect(
    wrongIn({ name: "half-sent", endings: [...good, ...ended("CLOSE 4401", 5, 1), ...ended("CLOSE 4401", 6)] }),
  ).toEqual([]);
  expect(wrongIn({ name: "half-sent", endings: [...good, ...ended("CLOSE 4401", 6, 2)] })).toEqual([
    "half-sent: 2 of 100 ended at another time, one after 6.00 s",
  ]);
});

test("one that is very late, one that stays and one that ends otherwise are told", () => {
  const good = ended("CLOSE 4401", 5, 998);

  expect(wrongIn({ name: "half-sent", endings: [...good, ...ended("CLOSE 4401", 9)] })).toHaveLength(1);
  expect(wrongIn({ name: "half-sent", endings: [...good, ...ended("STAYED", 25)] })).toEqual([
    "half-sent: 1 ended with STAYED",
  ]);
  expect(wrongIn({ name: "flood of pings", endings: ended("CLOSE 4400", 0.1) })).toEqual([
    "flood of pings: 1 ended with CLOSE 4400",
  ]);
});

test("more silent ones from one address than may be are told", () => {
  expect(wrongIn({ name: "hoard", endings: ended("CLOSE 4401", 5, 51) })).toEqual(["51 silent ones from one address"]);
});

test("times are held to no more than the clock of the attackers is good for", () => {
  const endings = ended("CLOSE 4401", 5.8, 100);

  expect(wrongIn({ name: "half-sent", endings })).toHaveLength(1);
  expect(wrongIn({ name: "half-sent", endings }, 400)).toEqual([]);
  expect(wrongIn({ name: "half-sent", endings: ended("CLOSE 4401", 7, 100) }, 60_000)).toHaveLength(1);
});
