import { makeNonce } from "@guildhall/kernel";
import { expect, test } from "vitest";
import { Refused } from "./refused.ts";

const NOW_MS = 1_800_000_000_000;

const attempt = (at: string, n: Uint8Array, u = 5) => ({ u, n, at, dl: NOW_MS + 10_000 });

test("a refusal that is final holds for every attempt with the nonce, of that person alone", () => {
  const refused = new Refused();
  const n = makeNonce(NOW_MS);

  refused.remember(attempt("second", n), { code: "NOT_MEMBER" }, NOW_MS);

  expect(refused.find(attempt("first", n))).toEqual({ code: "NOT_MEMBER" });
  expect(refused.find(attempt("first", n, 6))).toBeUndefined();
  expect(refused.find(attempt("first", makeNonce(NOW_MS)))).toBeUndefined();
});

test("a refusal that passes holds for its own attempt, so that the next may succeed", () => {
  const refused = new Refused();
  const n = makeNonce(NOW_MS);

  refused.remember(attempt("first", n), { code: "SLOW_MODE", ra: 500 }, NOW_MS);

  expect(refused.find(attempt("first", n))).toEqual({ code: "SLOW_MODE", ra: 500 });
  expect(refused.find(attempt("second", n))).toBeUndefined();
});

test("refusals are forgotten after the deadline", () => {
  const refused = new Refused();
  const n = makeNonce(NOW_MS);
  refused.remember(attempt("first", n), { code: "FORBIDDEN" }, NOW_MS);

  refused.sweep(NOW_MS + 10_001);

  expect(refused.find(attempt("first", n))).toBeUndefined();
});

test("a refusal of what has no deadline is forgotten after half a minute", () => {
  const refused = new Refused();
  const n = makeNonce(NOW_MS);
  refused.remember({ ...attempt("first", n), dl: 0 }, { code: "FORBIDDEN" }, NOW_MS);

  refused.sweep(NOW_MS + 30_000);
  expect(refused.find(attempt("first", n))).toEqual({ code: "FORBIDDEN" });
  refused.sweep(NOW_MS + 30_001);
  expect(refused.find(attempt("first", n))).toBeUndefined();
});

test("at the end of a term what was told still holds, and what was not told is forgotten", () => {
  const refused = new Refused();
  const [told, untold] = [makeNonce(NOW_MS), makeNonce(NOW_MS)];
  refused.remember(attempt("first", told), { code: "NOT_MEMBER" }, NOW_MS)();
  refused.remember(attempt("second", untold), { code: "NOT_MEMBER" }, NOW_MS);

  refused.forgetUntold();

  expect(refused.find(attempt("third", told))).toEqual({ code: "NOT_MEMBER" });
  expect(refused.find(attempt("second", untold))).toBeUndefined();
});
