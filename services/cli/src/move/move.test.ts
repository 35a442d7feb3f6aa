import { AppError, systemClock } from "@guildhall/kernel";
import { MemoryLeases } from "@guildhall/lease/memory";
import { scratchFolder } from "@guildhall/testkit";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openFolder } from "../installation/folder.ts";
import type { Side } from "../installation/side.ts";
import { endsOf, MOVES } from "./marker.ts";
import { moveAll } from "./move.ts";
import { untilQuiet } from "./quiet.ts";
import { contentOf, FILLED, FIRST, fill, LAST, memorySide, PARTITIONS, STORED } from "./testing.ts";

let source: Side;
let news: string[];

beforeEach(async () => {
  news = [];
  source = memorySide("the source", { ends: FILLED });
  await fill(source);
});

const target = (options: Parameters<typeof memorySide>[1] = {}) =>
  memorySide("the target", { ends: FILLED, ...options });
const move = (to: Side, from = source) =>
  moveAll({ source: from, target: to, ends: FILLED, progress: (text) => news.push(text) });

async function folderSide(ends = FILLED): Promise<Side> {
  const folder = await scratchFolder();
  const side = await openFolder(folder.path, [MOVES as never], (p) => ends[p]?.first ?? 1);
  onTestFinished(async () => {
    await side[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  return side;
}

test("records keep their positions and rows their timestamps, and the summary counts what was compared", async () => {
  const to = target();

  const moved = await move(to);

  expect(await contentOf(to)).toEqual(await contentOf(source));
  expect(await endsOf(to, PARTITIONS)).toEqual(FILLED);
  expect(moved).toMatchObject({ partitions: PARTITIONS, records: PARTITIONS * (LAST - FIRST + 1), timelines: 12 });
  expect(await to.journal.append(0, LAST, new Uint8Array([1]))).toBe(LAST + 1);
});

test("to the files of a data folder and back: the content is the same", async () => {
  const [folder, back] = [await folderSide(), target()];

  await move(folder);
  await move(back, folder);

  expect(await contentOf(folder)).toEqual(await contentOf(source));
  expect(await contentOf(back)).toEqual(await contentOf(source));
});

test("an older write that comes late to the target loses, as it would have in the source", async () => {
  const to = target();
  await move(to);

  await to.store.write([{ table: "pins", key: [1_000, 0], row: { list: [] }, timestamp: 3 * 2 ** 40 + 2 }]);

  expect(await contentOf(to)).toEqual(await contentOf(source));
});

describe("broken off and begun again", () => {
  test.each([1, 3, 9, 17])("a move whose %i. write to the store fails goes on", async (failing) => {
    let writes = 0;
    const to = target({
      store: {
        before: (call) => {
          if (call === "write" && ++writes === failing) throw new AppError("UNAVAILABLE", "gone");
        },
      },
    });

    await expect(move(to)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await move(to);

    expect(await contentOf(to)).toEqual(await contentOf(source));
    expect(news.includes("going on with a move that was broken off")).toBe(failing > 1);
  });

  test("a move whose append fails, or is not answered, goes on behind what is there", async () => {
    let appends = 0;
    const fail = (at: number) => () => {
      if (++appends === at) throw new AppError("OUTCOME_UNKNOWN", "not answered");
    };
    const to = target({ journal: { after: fail(30) } });

    await expect(move(to)).rejects.toThrow("run the same move again, it goes on");
    await move(to);

    expect(await contentOf(to)).toEqual(await contentOf(source));
  });

  test("the checkpoints come last: until then the store says nothing of how far it is", async () => {
    const to = target({
      store: {
        before: (call) => {
          if (call === "rows" && news.includes("comparing")) throw new AppError("UNAVAILABLE", "gone");
        },
      },
    });

    await expect(move(to)).rejects.toMatchObject({ code: "UNAVAILABLE" });

    const content = await contentOf(source);
    expect(content.rows.some((row) => row.includes(`"pos":${STORED}`))).toBe(true);
    news = [];
    const there = await contentOf(to);
    expect(there.journal).toEqual(content.journal);
    expect(there.rows).toEqual(content.rows.filter((row) => !row.includes(`"pos":${STORED}`)));
  });
});

describe("is refused", () => {
  test("where the target has a row, and nothing is written", async () => {
    const to = target();
    await to.store.write([{ table: "persons", key: [1], row: { name: "bob" }, timestamp: 1 }]);

    await expect(move(to)).rejects.toThrow("the target is not empty: there are rows in table persons");

    expect((await contentOf(to)).rows).toHaveLength(1);
    expect((await contentOf(to)).journal.flat()).toEqual([]);
  });

  test("where the target has a record", async () => {
    const to = memorySide("the target");
    await to.journal.append(2, 0, new Uint8Array([1]));

    await expect(move(to)).rejects.toThrow("the target is not empty: the journal of partition 2 has records");
  });

  test("into a target that a move has filled, also by the same source", async () => {
    const to = target();
    await move(to);

    await expect(move(to)).rejects.toThrow("the target is not empty: a move into it ended at");
  });

  test("where a broken-off move was of something else, or of the source before it went on", async () => {
    let broken = true;
    const to = target({
      store: {
        before: (call) => {
          if (broken && call === "flush" && news.length > 0) throw new AppError("UNAVAILABLE", "gone");
        },
      },
    });
    await expect(move(to)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    broken = false;
    await source.journal.append(1, LAST, new Uint8Array([9]));

    const ends = await endsOf(source, PARTITIONS);

    await expect(moveAll({ source, target: to, ends, progress: () => {} })).rejects.toThrow("part of another move");
  });

  test.each([
    ["the source", () => source],
    ["the target", undefined],
  ] as const)("where somebody writes to the journal of %s meanwhile", async (name, side) => {
    const to = target();
    const progress = async (text: string) => {
      if (text === "comparing") await (side?.() ?? to).journal.append(3, LAST, new Uint8Array([1]));
    };

    const moving = moveAll({ source, target: to, ends: FILLED, progress: (text) => void progress(text) });

    await expect(moving).rejects.toThrow(`written to partition 3 of ${name} meanwhile: stop all services`);
  });

  test("where a timeline differs in one value, which is named", async () => {
    const to = target({
      store: {
        before: (call) => {
          if (call === "flush" && news.some((text) => text.startsWith("pins"))) tamper();
        },
      },
    });
    let tampered = false;
    const tamper = (): void => {
      if (tampered) return;
      tampered = true;
      const key = [1_003, 1, 1, 2];
      void to.store.write([{ table: "timeline", key, row: { k: "text", b: { t: "other" } }, timestamp: 2 ** 52 }]);
    };

    await expect(move(to)).rejects.toThrow(
      "not the same in the source and the target: the timeline of group 1003, lane 1 (40 rows, 40 there)",
    );
  });

  test("while somebody holds a lease of the cluster", async () => {
    await using leases = new MemoryLeases(systemClock).as("fanout-7");
    await leases.hold("partition.3");

    await expect(untilQuiet(leases, 0)).rejects.toThrow(
      "services run on the cluster: partition.3 held by fanout-7; stop all of them first",
    );

    await leases.release("partition.3");
    await untilQuiet(leases, 0);
  });
});
