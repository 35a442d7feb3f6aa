import { memoryJournal } from "@guildhall/journal/memory";
import { AppError, makeNonce } from "@guildhall/kernel";
import { seededRandom } from "@guildhall/testkit";
import { afterAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { newGroup, say } from "./bench.ts";
import { Fleet, type Member } from "./fleet.ts";
import { done, pass, until } from "./passing.ts";

const PARTITIONS = 16;
const COMMANDS = 1_000;
const GROUPS = 12;
/** One command each, and on average an accident in so many. */
const COMMAND_EVERY_MS = 10;
const ACCIDENT_EVERY = 60;
const LIVE_MAX = 4;

beforeEach(() => void vi.useFakeTimers());
afterAll(() => void vi.useRealTimers());

test.each([1])(
  "seed %i: processes come, go, sleep and are cut off; each command is there once, and answered with its place",
  { timeout: 300_000 },
  async (seed) => {
    const random = seededRandom(seed);
    const between = (min: number, max: number) => min + random() * (max - min);
    const later = (ms: number, run: () => void) => void setTimeout(run, ms);
    let calm = true;
    const journal = memoryJournal({
      before: () => new Promise((resolve) => setTimeout(resolve, between(0, 3))),
      after: () => {
        if (!calm && random() < 0.01) throw new AppError("OUTCOME_UNKNOWN", "the answer was lost");
      },
    });
    const fleet = new Fleet(PARTITIONS, journal);
    onTestFinished(() => done(fleet[Symbol.asyncDispose](), 120_000));
    for (const name of ["one", "two"]) await done(fleet.join(name));
    const groups = await done(Promise.all(Array.from({ length: GROUPS }, () => newGroup(fleet))), 60_000);
    const happened = new Map<string, number>();
    const live = () => fleet.members.filter((member) => member.fanout !== undefined);
    const moving: Promise<unknown>[] = [];

    const accidents: Readonly<Record<string, (member: Member) => void>> = {
      join: () => {
        if (live().length < LIVE_MAX) moving.push(fleet.join(`more ${fleet.members.length}`).catch(nothing));
      },
      leave: (member) => {
        if (live().length > 1) moving.push(member.leave());
      },
      kill: (member) => {
        if (live().length > 1) member.kill();
      },
      pause: (member) => {
        member.pause();
        later(between(100, 9_000), () => member.resume());
      },
      cut: (member) => {
        member.cutLeases(true);
        later(between(100, 9_000), () => member.cutLeases(false));
      },
    };
    function happen(): void {
      const names = Object.keys(accidents);
      const name = names[Math.floor(random() * names.length)] ?? "";
      const member = live()[Math.floor(random() * live().length)];
      if (member === undefined) return;
      happened.set(name, (happened.get(name) ?? 0) + 1);
      accidents[name]?.(member);
    }

    calm = false;
    const sends: Promise<{ readonly n: Uint8Array; readonly s: number; readonly refusals: readonly string[] }>[] = [];
    for (let i = 0; i < COMMANDS; i++) {
      const { g, u } = groups[Math.floor(random() * GROUPS)] ?? { g: 0, u: 0 };
      const n = makeNonce(Date.now());
      sends.push(fleet.insist(say(g, u, `m${i}`, { n })).then((answer) => ({ n, ...answer })));
      if (random() < 1 / ACCIDENT_EVERY) happen();
      await pass(COMMAND_EVERY_MS);
    }
    calm = true;
    if (live().length === 0) moving.push(fleet.join("last"));
    const answers = await done(Promise.all(sends), 120_000);
    await pass(10_000);
    await done(Promise.all(moving), 60_000);
    await until(() => live().every(({ fanout }) => fanout?.ready() === true) && fleet.served.every((by) => by === 1));

    const entries = await fleet.entries();
    const byNonce = new Map<string, number[]>();
    const seqs = new Map<number, number[]>();
    for (const { g, s, n } of entries) {
      if (s > 0) seqs.set(g, [...(seqs.get(g) ?? []), s]);
      if (n !== null) byNonce.set(nameOf(n), [...(byNonce.get(nameOf(n)) ?? []), s]);
    }
    expect(answers.map(({ n }) => byNonce.get(nameOf(n)))).toEqual(answers.map(({ s }) => [s]));
    for (const found of seqs.values()) expect(found).toEqual(Array.from(found, (_, i) => i + 1));
    // It was worth something: every kind of accident happened, and commands met them.
    expect([...happened.keys()].sort()).toEqual(Object.keys(accidents).sort());
    expect(answers.flatMap(({ refusals }) => refusals).length).toBeGreaterThan(0);
  },
);

/** Whoever cannot take over at its start ends, as its process would. */
function nothing(): void {}

const nameOf = (nonce: Uint8Array) => Buffer.from(nonce).toString("hex");
