import { memoryJournal } from "@guildhall/journal/memory";
import { AppError, makeNonce } from "@guildhall/kernel";
import type { Beacon } from "@guildhall/proto";
import { timelineReader } from "@guildhall/timeline";
import { beaconSubject, unpack } from "@guildhall/wire";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Bench, command, newGroup, newStore, say, startBench } from "../test/bench.ts";
import { trimJournal } from "./ownership/trim.ts";

const MEMORY_BYTES = 20_000;
const TEXT = "x".repeat(900);
const COUNT = 120;
const range = (a: number, z: number) => Array.from({ length: z - a + 1 }, (_, i) => a + i);

/** A store that can be away for writes, or for everything. */
function awayable() {
  const away = { writes: false, reads: false };
  const store = newStore({
    before: (call) => {
      const isAway = (call === "write" && away.writes) || ((call === "get" || call === "scan") && away.reads);
      if (isAway) throw new AppError("UNAVAILABLE", "the store is away");
    },
  });
  return { away, store };
}

/** A group in which far more was said than stays in memory, while the store was away. */
async function outage() {
  const journal = memoryJournal();
  const { away, store } = awayable();
  const bench = await startBench(journal, store, async () => {}, MEMORY_BYTES);
  const { g, u } = await newGroup(bench, 0);
  const first = { n: makeNonce(Date.now()) };
  await bench.owner.command(say(g, u, "stored", first));
  await vi.waitFor(async () => expect(await timelineReader(store).range(g, 0, 1, 2)).toHaveLength(2));
  away.writes = true;
  away.reads = true;
  const nonces = Array.from({ length: COUNT }, () => makeNonce(Date.now()));
  for (const [i, n] of nonces.entries()) await bench.owner.command(say(g, u, `${TEXT}${i + 3}`, { n }));
  return { journal, away, store, bench, g, u, nonces };
}

const code = (answer: Promise<unknown>) =>
  answer.then(
    () => "ok",
    (error: unknown) => (error as AppError).code,
  );

async function storedTexts({ store }: Pick<Bench, "store">, g: number): Promise<string[]> {
  const rows = await timelineReader(store).range(g, 0, 3, COUNT + 2);
  return rows.map(({ b }) => (b as { t: string }).t.slice(TEXT.length));
}

test("while the store is away sends, repeats and changes of recent messages go on, and of what left memory nothing is made up", async () => {
  const { bench, away, g, u, nonces } = await outage();
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const beacons: Beacon[] = [];
  await bench.bus.subscribe(beaconSubject(0), ({ data }) => void beacons.push(unpack(data) as Beacon));
  const edit = (s: number) => code(bench.owner.command(command(g, u, "msg.edit", { s, b: { t: `edited ${s}` } })));

  const open = await bench.owner.open(g, 0);
  const repeated = await bench.owner.command(say(g, u, `${TEXT}3`, { n: nonces[0] as Uint8Array }));

  expect(open.s).toBe(COUNT + 2);
  expect(open.events.map(({ s }) => s)).toEqual(range(open.events[0]?.s ?? 0, COUNT + 2));
  expect(open.events.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(4 * MEMORY_BYTES);
  expect(open.lacks).toBeGreaterThan(open.stored);
  expect(repeated).toMatchObject({ s: 3, dup: 1 });
  expect(await edit(COUNT)).toBe("ok");
  expect(await edit(4)).toBe("UNAVAILABLE");
  expect(await code(bench.owner.command(say(g, u, "still here")))).toBe("ok");
  await vi.waitFor(() => expect(beacons).not.toEqual([]));
  expect(beacons[0]?.gone).toBeGreaterThanOrEqual(open.lacks ?? 0);
  away.writes = false;
  away.reads = false;
  await vi.waitFor(async () => expect(await edit(4)).toBe("ok"), { timeout: 10_000, interval: 200 });
  await vi.waitFor(async () => expect((await bench.owner.open(g, 0)).lacks).toBeUndefined(), { timeout: 5_000 });
  await vi.waitFor(() => expect(beacons.at(-1)?.gone).toBeUndefined());
});

test("when the store is back it gets everything in order, and it is counted what was read again", async () => {
  const { bench, away, g } = await outage();
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const before = await bench.registry.text();

  away.writes = false;
  away.reads = false;

  const expected = range(3, COUNT + 2).map(String);
  await vi.waitFor(async () => expect(await storedTexts(bench, g)).toEqual(expected), { timeout: 10_000 });
  const gone = /^guildhall_fanout_backlog_gone_bytes (\d+)$/m;
  expect(Number(gone.exec(before)?.[1])).toBeGreaterThan(50_000);
  const after = await bench.registry.text();
  expect(Number(gone.exec(after)?.[1])).toBe(0);
  expect(Number(/^guildhall_fanout_records_reread_total (\d+)$/m.exec(after)?.[1])).toBeGreaterThan(50);
});

test("whoever takes over a tail beyond the bound holds no more of it, and stores all of it", async () => {
  const { bench: before, journal, away, store, g, u, nonces } = await outage();
  await before[Symbol.asyncDispose]();
  away.reads = false;
  const bench = await startBench(journal, store, async () => {}, MEMORY_BYTES);
  onTestFinished(() => bench[Symbol.asyncDispose]());

  const open = await bench.owner.open(g, 0);
  const repeated = await bench.owner.command(say(g, u, `${TEXT}3`, { n: nonces[0] as Uint8Array }));
  const edited = code(bench.owner.command(command(g, u, "msg.edit", { s: 4, b: { t: "edited" } })));

  expect(open.s).toBe(COUNT + 2);
  expect(open.lacks).toBeGreaterThan(open.stored);
  expect(open.events.length).toBeLessThan(30);
  expect(repeated).toMatchObject({ s: 3, dup: 1 });
  expect(await edited).toBe("UNAVAILABLE");
  away.writes = false;
  const expected = range(3, COUNT + 2).map(String);
  await vi.waitFor(async () => expect(await storedTexts(bench, g)).toEqual(expected), { timeout: 10_000 });
});

test("the journal keeps what waits in it, however old and large it is", async () => {
  const { bench, journal, store, away, g } = await outage();
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const limits = { keepMs: 0, keepBytes: 0 };
  const expected = range(3, COUNT + 2).map(String);
  const { stored } = await bench.owner.open(g, 0);

  const first = await trimJournal(0, journal, store, stored, Date.now() + 86_400_000, limits);
  away.writes = false;
  away.reads = false;

  expect(first).toBe(stored);
  await vi.waitFor(async () => expect(await storedTexts(bench, g)).toEqual(expected), { timeout: 10_000 });
});
