import { memoryJournal } from "@guildhall/journal/memory";
import { makeNonce } from "@guildhall/kernel";
import { LEASE_TTL_MS } from "@guildhall/lease";
import type { CommandReply } from "@guildhall/proto";
import { cmdSubject, encodeCommand, encodeRecord, factsSubject, openSubject, pack } from "@guildhall/wire";
import { afterAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { command, newGroup, say } from "../../test/bench.ts";
import { Fleet, type Member } from "../../test/fleet.ts";
import { done, pass, until } from "../../test/passing.ts";
import { ABSENT_MS } from "./distribution.ts";

const PARTITIONS = 16;

beforeEach(() => void vi.useFakeTimers());
afterAll(() => void vi.useRealTimers());

async function fleetOf(...names: readonly string[]): Promise<Fleet> {
  const fleet = new Fleet(PARTITIONS);
  onTestFinished(() => done(fleet[Symbol.asyncDispose](), 60_000));
  for (const name of names) await done(fleet.join(name));
  await until(() => isEven(fleet));
  return fleet;
}

function isEven({ members, served }: Fleet): boolean {
  const counts = members.filter(({ fanout }) => fanout !== undefined).map(({ count }) => count);
  return served.every((count) => count === 1) && Math.max(...counts) - Math.min(...counts) <= 1;
}

/** Every seq of every group is there once, and each of these nonces. */
async function expectExactlyOnce(fleet: Fleet, nonces: readonly Uint8Array[]): Promise<void> {
  const entries = await fleet.entries();
  const seqs = new Map<number, number[]>();
  for (const { g, s } of entries) if (s > 0) seqs.set(g, [...(seqs.get(g) ?? []), s]);
  for (const found of seqs.values()) expect(found).toEqual(Array.from(found, (_, i) => i + 1));
  const times = new Map<string, number>();
  const name = (n: Uint8Array) => Buffer.from(n).toString("hex");
  for (const { n } of entries) if (n !== null) times.set(name(n), (times.get(name(n)) ?? 0) + 1);
  expect(nonces.map((n) => times.get(name(n)))).toEqual(nonces.map(() => 1));
}

test("who comes first has everything at once; a second and a third get their share", async () => {
  const fleet = new Fleet(PARTITIONS);
  onTestFinished(() => done(fleet[Symbol.asyncDispose](), 60_000));
  const ann = await fleet.join("ann");
  expect(ann.count).toBe(PARTITIONS);
  expect(ann.fanout?.ready()).toBe(true);

  await done(fleet.join("ben"));
  // A look every 1.5 s, and then one after another.
  expect(await until(() => isEven(fleet))).toBeLessThan(3_000);
  expect(fleet.members.map(({ count }) => count)).toEqual([8, 8]);

  await done(fleet.join("cas"));
  expect(await until(() => isEven(fleet))).toBeLessThan(3_000);
  expect(fleet.members.map(({ count }) => count).sort((a, b) => a - b)).toEqual([5, 5, 6]);
  await pass(10_000);
  expect(fleet.members.map(({ fanout }) => fanout?.ready())).toEqual([true, true, true]);
  expect(isEven(fleet)).toBe(true);
});

test("who leaves hands over while messages come: each is there once, and none waits long", async () => {
  const fleet = await fleetOf("ann", "ben");
  const groups = await done(Promise.all(Array.from({ length: 12 }, () => newGroup(fleet))));
  const nonces = Array.from({ length: 300 }, () => makeNonce(Date.now()));
  const waits: number[] = [];
  const sends = nonces.map(async (n, i) => {
    await new Promise((resolve) => setTimeout(resolve, i * 5));
    const { g, u } = groups[i % groups.length] ?? { g: 0, u: 0 };
    const sinceMs = Date.now();
    const { refusals } = await fleet.insist(say(g, u, `m${i}`, { n }));
    waits.push(Date.now() - sinceMs);
    return refusals;
  });

  await pass(500);
  const left = fleet.members[0]?.leave();
  const refusals = await done(Promise.all(sends));
  await done(left ?? Promise.resolve());

  expect(fleet.members.map(({ count }) => count)).toEqual([0, PARTITIONS]);
  expect(refusals.flat().filter((code) => code !== "UNAVAILABLE")).toEqual([]);
  expect(Math.max(...waits)).toBeLessThan(300);
  await expectExactlyOnce(fleet, nonces);
});

test("who falls silent loses its partitions after the lease and the absence, and not before", async () => {
  const fleet = await fleetOf("ann", "ben");
  const ben = fleet.members[1] as Member;

  fleet.members[0]?.kill();

  const tookMs = await until(() => ben.count === PARTITIONS);
  expect(tookMs).toBeGreaterThan(LEASE_TTL_MS + ABSENT_MS - 1_600);
  expect(tookMs).toBeLessThan(8_000);
});

test("who was paused and replaced is refused by the journal, and says nothing before it has asked", async () => {
  const fleet = await fleetOf("ann", "ben");
  const [ann, ben] = fleet.members as [Member, Member];
  const p = Array.from({ length: PARTITIONS }, (_, i) => i).find((i) => ann.answers(i)) ?? 0;
  const { g, u } = await done(newGroup(fleet, p, PARTITIONS));
  ann.pause();
  await until(() => ben.answers(p));
  const stranger = u + 1;
  await done(fleet.owner.command(command(g, stranger, "member.join", {})));
  const said = ann.beacons.length;

  ann.resume();
  const asked = Promise.all([
    ann.ask(cmdSubject(p), encodeCommand(say(g, stranger, "let me in"))),
    ann.ask(openSubject(p), pack({ g, l: 0 })),
    ann.ask(factsSubject(p), pack({ g, u: [u] })),
    ann.ask(cmdSubject(p), encodeCommand(say(g, u, "from the past"))),
  ]);

  // Of a command it cannot say that the other has not decided it.
  expect((await done(asked)).map((reply) => (reply as { err?: { code: string } }).err?.code)).toEqual([
    "OUTCOME_UNKNOWN",
    "UNAVAILABLE",
    "UNAVAILABLE",
    "OUTCOME_UNKNOWN",
  ]);
  await pass(5_000);
  expect(ann.beacons.slice(said).filter((beacon) => beacon.p === p)).toEqual([]);
  expect(await done(fleet.insist(say(g, stranger, "in by now")))).toMatchObject({ s: 3 });
  expect(isEven(fleet)).toBe(true);
  await expectExactlyOnce(fleet, []);
});

test("an owner that hears nothing of its lease proves by a record that it still owns, and keeps what it has", async () => {
  const fleet = await fleetOf("ann");
  const ann = fleet.members[0] as Member;
  const { g, u } = await done(newGroup(fleet, 0, PARTITIONS));
  const refused = () => done(ann.ask(cmdSubject(0), encodeCommand(say(g, u + 1, "?"))) as Promise<CommandReply>);
  const end = async () => (await fleet.journal.end(0)).last;
  await pass(1_500);
  ann.cutLeases(true);

  await pass(2_000);
  const before = await end();
  expect(await refused()).toMatchObject({ err: { code: "NOT_MEMBER" } });
  expect(await end()).toBe(before);
  await pass(8_000);
  const late = await end();
  expect(late).toBeGreaterThan(before);
  expect(await refused()).toMatchObject({ err: { code: "NOT_MEMBER" } });
  expect(await end()).toBeGreaterThan(late);
  expect(ann.beacons.filter(({ p }) => p === 0).length).toBeGreaterThan(20);

  ann.cutLeases(false);
  await pass(3_000);
  const healed = await end();
  expect(await refused()).toMatchObject({ err: { code: "NOT_MEMBER" } });
  await pass(3_000);
  expect(await end()).toBe(healed);
  expect(ann.count).toBe(PARTITIONS);
});

test("leases that answer nobody for long change no owner", async () => {
  const fleet = await fleetOf("ann", "ben");
  const before = fleet.members.map(({ count }) => count);
  await pass(1_000);
  const terms = new Map(fleet.members.flatMap(({ beacons }) => beacons.map(({ p, term }) => [p, term] as const)));
  for (const member of fleet.members) member.cutLeases(true);
  await pass(30_000);
  for (const member of fleet.members) member.cutLeases(false);

  await pass(10_000);

  expect(fleet.members.map(({ count }) => count)).toEqual(before);
  for (const { p, term } of fleet.members.flatMap(({ beacons }) => beacons.slice(-PARTITIONS))) {
    expect([p, term]).toEqual([p, terms.get(p)]);
  }
  expect(fleet.members.map(({ fanout }) => fanout?.ready())).toEqual([true, true]);
});

test("an append that is answered too late to know is looked up, and the partition stays", async () => {
  let slow = false;
  const journal = memoryJournal({
    after: () => (slow ? new Promise((resolve) => setTimeout(resolve, 6_000)) : undefined),
  });
  const fleet = new Fleet(1, journal);
  onTestFinished(() => done(fleet[Symbol.asyncDispose](), 60_000));
  await done(fleet.join("ann"));
  const { g, u } = await done(newGroup(fleet, 0, 1));
  const n = makeNonce(Date.now());
  slow = true;
  const sent = fleet.insist(say(g, u, "once", { n }));
  await pass(1_000);
  slow = false;

  expect(await done(sent)).toMatchObject({ s: 2 });
  expect(fleet.served).toEqual([1]);
  await expectExactlyOnce(fleet, [n]);
});

test("who finds another's record steps down, and takes the partition back while the lease is its own", async () => {
  const fleet = await fleetOf("ann");
  const ann = fleet.members[0] as Member;
  const { g, u } = await done(newGroup(fleet, 0, PARTITIONS));
  const { last } = await fleet.journal.end(0);
  const foreign = { p: 0, ep: 1, term: 7, stored: 0, e: [] };
  await fleet.journal.append(0, last, encodeRecord(foreign));

  const refused = done(ann.ask(cmdSubject(0), encodeCommand(say(g, u, "too late"))));

  expect(await refused).toMatchObject({ err: { code: "UNAVAILABLE" } });
  expect([ann.answers(0), ann.fanout?.ready()]).toEqual([false, false]);
  await pass(1_500);
  expect(ann.answers(0)).toBe(false);
  await until(() => ann.answers(0), 5_000);
  expect(await done(fleet.owner.command(say(g, u, "again")))).toMatchObject({ s: 2 });
  expect(ann.beacons.findLast(({ p }) => p === 0)?.term).toBe(8);
  expect(ann.fanout?.ready()).toBe(true);
});
