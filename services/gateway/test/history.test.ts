import { AppError } from "@guildhall/kernel";
import { CLIENT_FRAME, ERRORS, type Event, LIMITS, type Page } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { codecFor } from "@guildhall/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";
import type { Client } from "./client.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

type Form = { a?: number; z?: number; before?: number; at?: number; around?: number; lim?: number };
const get = (client: Client, g: number, form: Form) => client.ok<Page>(CLIENT_FRAME.get, { g, ...form });
const range = (a: number, z: number) => Array.from({ length: z - a + 1 }, (_, i) => a + i);
const seqs = (page: Page) => page.e.map(({ s }) => s);

/** A group of 120 events: the first 100 in the store, the owner tells of the last 20. */
async function lane(): Promise<number> {
  const g = bench.group(1);
  for (let i = 2; i <= 120; i++) bench.owner.text(g, `m${i}`, false);
  await bench.owner.save(g, 1, 100);
  bench.owner.keep = 20;
  return g;
}

test.each<[string, Form, number[], boolean]>([
  ["a stretch across store and owner", { a: 95, z: 105 }, range(95, 105), false],
  ["a stretch that ends beyond the head", { a: 115, z: 200 }, range(115, 120), false],
  ["a stretch beyond the head", { a: 130, z: 140 }, [], false],
  ["what comes before a seq", { before: 103, lim: 5 }, range(98, 102), true],
  ["what comes before the first", { before: 1, lim: 5 }, [], false],
  ["what comes before the fourth", { before: 4, lim: 5 }, range(1, 3), false],
  ["the newest", { before: Number.MAX_SAFE_INTEGER, lim: 3 }, [118, 119, 120], true],
  ["what is around a seq", { around: 50, lim: 5 }, range(48, 52), true],
  ["what is around the first", { around: 1, lim: 4 }, range(1, 4), true],
  ["what is around the last", { around: 120, lim: 4 }, range(117, 120), true],
  ["a whole page", { a: 1, z: 100 }, range(1, 100), false],
])("%s", async (_, form, expected, more) => {
  const g = await lane();
  const client = await bench.person(1);

  const page = await get(client, g, form);

  expect(seqs(page)).toEqual(expected);
  expect(page).toMatchObject({ a: expected[0] ?? 0, z: expected.at(-1) ?? 0, more, ep: 1 });
  expect(page.e).toEqual(bench.owner.events(g).filter(({ s }) => expected.includes(s)));
});

test("a page by date begins with the first event at or after it, stored or not", async () => {
  const g = bench.group(1);
  const times: number[] = [];
  for (let i = 0; i < 6; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    times.push(bench.owner.text(g, `m${i}`, false).ts);
  }
  await bench.owner.save(g, 1, 4);
  bench.owner.keep = 3;
  const client = await bench.person(1);
  const at = async (ms: number) => seqs(await get(client, g, { at: ms, lim: 2 }));

  expect(await at(0)).toEqual([1, 2]);
  expect(await at(times[1] ?? 0)).toEqual([3, 4]);
  expect(await at(times[3] ?? 0)).toEqual([5, 6]);
  expect(await at((times[4] ?? 0) + 1)).toEqual([7]);
  expect(await at(Date.now() + 60_000)).toEqual([]);
});

test.each<[string, Form]>([
  ["nothing", {}],
  ["two forms", { before: 5, around: 5, lim: 5 }],
  ["a without z", { a: 5 }],
  ["z without a", { z: 5 }],
  ["a stretch of 101", { a: 1, z: 101 }],
  ["a stretch that goes back", { a: 5, z: 4 }],
  ["a stretch with a limit", { a: 1, z: 5, lim: 5 }],
  ["before without a limit", { before: 5 }],
])("asking for %s is BAD_ARGS", async (_, form) => {
  const g = bench.group(1);
  const client = await bench.person(1);

  expect(await client.ask(CLIENT_FRAME.get, { g, ...form })).toMatchObject({ c: ERRORS.BAD_ARGS.c });
});

test("rewrites that are not stored yet are laid over stored and unstored messages", async () => {
  const g = bench.group(1);
  for (const t of ["one", "two", "three", "four"]) bench.owner.text(g, t, false);
  await bench.owner.save(g, 1, 4);
  const client = await bench.person(1);
  bench.owner.keep = 0;
  bench.owner.say(g, { u: 1, k: "msg.edit", b: { s: 2, b: { t: "ONE" } } }, false);
  bench.owner.say(g, { u: 1, k: "msg.edit", b: { s: 2, b: { t: "One" } } }, false);
  bench.owner.say(g, { u: 1, k: "msg.recall", b: { s: 3 } }, false);
  bench.owner.say(g, { u: 9, k: "msg.delete", b: { s: 5 } }, false);

  const page = await get(client, g, { a: 2, z: 5 });

  expect(page.e).toMatchObject([
    { s: 2, b: { t: "One" }, rev: 7 },
    { s: 3, b: {}, x: 1, rev: 8 },
    { s: 4, b: { t: "three" } },
    { s: 5, b: {}, x: 2, rev: 9 },
  ]);
  expect(page.e[2]).not.toHaveProperty("rev");
  expect(bench.owner.events(g)[1]?.b).toEqual({ t: "one" });
});

test("rewrites are laid over messages that are as new as they", async () => {
  const g = bench.group(1);
  const client = await bench.person(1);
  await client.ok(CLIENT_FRAME.sub, { g: [g], mode: 1 });
  bench.owner.text(g, "one");
  bench.owner.say(g, { u: 1, k: "msg.edit", b: { s: 2, b: { t: "ONE" } } });
  await until(() => client.events(g).length === 2);

  const page = await get(client, g, { a: 1, z: 3 });

  expect(page.e[1]).toMatchObject({ s: 2, b: { t: "ONE" }, rev: 3 });
  expect(client.events(g)[0]).toMatchObject({ s: 2, b: { t: "one" } });
});

test("a row that was rewritten later than the lane has got is shown when it has got there", async () => {
  const g = bench.group(1);
  bench.owner.text(g, "secret", false);
  bench.owner.keep = 0;
  await bench.owner.save(g, 1, 2, (row) => (row.s === 2 ? { ...row, b: {}, x: 1, rev: 3 } : row));
  const client = await bench.person(1);
  await client.ok(CLIENT_FRAME.sub, { g: [g], mode: 1 });

  const i = client.request(CLIENT_FRAME.get, { g, a: 2, z: 2 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const early = client.answered(i);
  bench.owner.say(g, { u: 1, k: "msg.recall", b: { s: 2 } });
  const page = await client.answer(i);

  expect(early).toBeUndefined();
  expect(page).toMatchObject({ d: { e: [{ s: 2, b: {}, x: 1, rev: 3 }] } });
});

test("a page with a hole is refused, never served", async () => {
  const g = bench.group(1);
  for (let i = 2; i <= 20; i++) bench.owner.text(g, "x", false);
  await bench.owner.save(g, 1, 8);
  await bench.owner.save(g, 10, 20);
  bench.owner.keep = 5;
  const client = await bench.person(1);

  const answer = await client.ask(CLIENT_FRAME.get, { g, a: 5, z: 15 });

  expect(answer).toMatchObject({ c: ERRORS.UNAVAILABLE.c, r: true, ra: expect.any(Number) });
});

test("what the store lacks the owner completes", async () => {
  const g = bench.group(1);
  for (let i = 2; i <= 20; i++) bench.owner.text(g, "x", false);
  await bench.owner.save(g, 1, 8);
  await bench.owner.save(g, 10, 20);
  bench.owner.keep = 5;
  const client = await bench.person(1);
  await get(client, g, { a: 18, z: 20 });
  bench.owner.keep = 100;

  expect(seqs(await get(client, g, { a: 5, z: 15 }))).toEqual(range(5, 15));
});

test("one's own message is on the page as soon as it was answered", async () => {
  const g = bench.group(1);
  const client = await bench.person(1);
  await get(client, g, { before: 10, lim: 10 });
  // The news of it is lost: only the answer names it.
  bench.owner.onCommand = ({ u, a }) => {
    const event = bench.owner.say(g, { u, k: "text", b: (a as { b: unknown }).b }, false);
    return { ok: { s: event.s, ep: 1, ts: event.ts } };
  };

  await client.answer(client.say(g, "mine"));
  const page = await get(client, g, { before: 10, lim: 10 });

  expect(seqs(page)).toEqual([1, 2]);
});

test.each(["msgpack", "json"] as const)(
  "a page that is too large for a %s frame is cut where it may",
  async (encoding) => {
    const g = bench.group(1);
    for (let i = 2; i <= 21; i++) bench.owner.text(g, `${i} ${"x".repeat(8_000)}`, false);
    const client = await bench.person(1, encoding);

    const first = await get(client, g, { a: 2, z: 21 });
    const last = await get(client, g, { before: 22, lim: 20 });
    const middle = await get(client, g, { around: 12, lim: 20 });

    for (const page of [first, last, middle]) {
      const bytes = codecFor(encoding).encodeServer({ t: 65, i: 1, d: page });
      expect(bytes.length).toBeLessThanOrEqual(LIMITS.frameOutMaxBytes);
      expect(page.more).toBe(true);
      expect(seqs(page)).toEqual(range(page.a, page.z));
      expect(page.e.length).toBeGreaterThan(4);
    }
    expect([first.a, last.z]).toEqual([2, 21]);
    expect(seqs(middle)).toContain(12);
    const rest: Event[] = [...first.e];
    for (let a = first.z + 1; a <= 21; ) {
      const page = await get(client, g, { a, z: 21 });
      rest.push(...page.e);
      a = page.z + 1;
    }
    expect(rest).toEqual(bench.owner.events(g).slice(1));
  },
);

test("the right is that of the moment the page is written", async () => {
  const g = await lane();
  const client = await bench.person(1);
  await get(client, g, { a: 119, z: 120 });
  const scan = bench.store.scan.bind(bench.store);
  const witness = await bench.person(2);
  bench.facts.member(g, 2, { roles: [], mute: 0 }, 0);
  await witness.ok(CLIENT_FRAME.sub, { g: [g], mode: 1 });
  Object.assign(bench.store, {
    scan: async (...args: Parameters<typeof scan>) => {
      Object.assign(bench.store, { scan });
      bench.owner.say(g, { u: 9, k: "member.kick", b: { u: 1 } });
      await witness.has(g, 121);
      bench.facts.member(g, 1, null, 121);
      return scan(...args);
    },
  });

  const answer = await client.ask(CLIENT_FRAME.get, { g, a: 1, z: 10 });

  expect(answer).toMatchObject({ c: ERRORS.NOT_MEMBER.c });
});

test("who wants the same page at the same time waits for the same read", async () => {
  const g = await lane();
  const clients = await Promise.all(Array.from({ length: 8 }, () => bench.person(1)));
  await get(clients[0] as Client, g, { a: 119, z: 120 });
  const scan = bench.store.scan.bind(bench.store);
  let scans = 0;
  Object.assign(bench.store, {
    scan: async (...args: Parameters<typeof scan>) => {
      scans++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return scan(...args);
    },
  });

  const pages = await Promise.all(clients.map((client) => get(client, g, { a: 1, z: 50 })));

  expect(pages.every((page) => page.e.length === 50)).toBe(true);
  // One look into the index of buckets, and one into the bucket.
  expect(scans).toBe(2);
  const metrics = await bench.registry.text();
  expect(metrics).toMatch(/^guildhall_gateway_history_reads_total 1$/m);
  expect(metrics).toMatch(/^guildhall_gateway_history_shared_total 7$/m);
});

test("a store that does not answer makes old pages UNAVAILABLE and leaves new ones", async () => {
  const g = await lane();
  const client = await bench.person(1);
  await get(client, g, { a: 119, z: 120 });
  Object.assign(bench.store, {
    scan: () => Promise.reject(new AppError("UNAVAILABLE", "the store is away")),
  });

  const old = await client.ask(CLIENT_FRAME.get, { g, a: 1, z: 10 });
  const recent = await get(client, g, { a: 110, z: 120 });

  expect(old).toMatchObject({ c: ERRORS.UNAVAILABLE.c, r: true });
  expect(seqs(recent)).toEqual(range(110, 120));
});

test("stored rows are not shown while what may have changed them is in the journal only", async () => {
  const g = await lane();
  bench.owner.stored = 100;
  const lacks = bench.owner.events(g).length + 1_000;
  bench.owner.onOpen = (reply) => ({ ...reply, lacks });
  const client = await bench.person(1);

  const recent = await get(client, g, { a: 110, z: 120 });
  const old = await client.ask(CLIENT_FRAME.get, { g, a: 1, z: 10 });
  bench.owner.stored = lacks;
  bench.owner.beacon();
  await until(async () => "d" in (await client.ask(CLIENT_FRAME.get, { g, a: 1, z: 10 })));

  expect(seqs(recent)).toEqual(range(110, 120));
  expect(old).toMatchObject({ c: ERRORS.UNAVAILABLE.c, r: true });
});

test("pages of one connection are answered one after another", async () => {
  const g = await lane();
  const client = await bench.person(1);

  const asked = range(1, 60).map((a) => client.request(CLIENT_FRAME.get, { g, a, z: a + 40 }));
  await until(() => asked.every((i) => client.answered(i) !== undefined));

  const answered = client.frames.flatMap((frame) => ("i" in frame && asked.includes(frame.i ?? 0) ? [frame.i] : []));
  expect(answered).toEqual(asked);
});
