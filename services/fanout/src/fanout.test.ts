import { AUDIT } from "@guildhall/group";
import { beginEpochs } from "@guildhall/installation";
import type { Journal } from "@guildhall/journal";
import { memoryJournal } from "@guildhall/journal/memory";
import { AppError, makeNonce, partitionOf, randomId } from "@guildhall/kernel";
import type { Beacon } from "@guildhall/proto";
import { TIMELINE, timelineReader } from "@guildhall/timeline";
import { beaconSubject, decodeEvent, decodeRecord, unpack } from "@guildhall/wire";
import { expect, onTestFinished, test, vi } from "vitest";
import { command, newGroup, newStore, PARTITIONS, say, startBench } from "../test/bench.ts";

async function setUp(...args: Parameters<typeof startBench>) {
  const bench = await startBench(...args);
  onTestFinished(() => bench[Symbol.asyncDispose]());
  return bench;
}

/** Until what the last commands mean for other entities is appended, too: nothing more has come for 300 ms. */
async function settled(journal: Journal): Promise<void> {
  let before = "";
  const unchanged = async () => {
    const ends = JSON.stringify(await Promise.all(Array.from({ length: PARTITIONS }, (_, p) => journal.end(p))));
    const same = ends === before;
    before = ends;
    expect(same).toBe(true);
  };
  await vi.waitFor(unchanged, { interval: 300, timeout: 5_000 });
}

test("a message is numbered, published once and stored with its body as sent", async () => {
  const bench = await setUp(memoryJournal());
  const { g, u } = await newGroup(bench);

  const result = await bench.owner.command(say(g, u, "  hello \u{1f44b} "));

  expect(result).toMatchObject({ s: 2, ep: 1, m: 1, pv: 1 });
  const events = () => bench.batches.flatMap((batch) => batch.events).filter((event) => event.g === g);
  await vi.waitFor(() => expect(events().map(({ s }) => s)).toEqual([1, 2]));
  expect(decodeEvent(events()[1]?.bytes ?? new Uint8Array())).toMatchObject({
    s: 2,
    k: "text",
    u,
    b: { t: "  hello \u{1f44b} " },
  });
  await vi.waitFor(async () => {
    const rows = await timelineReader(bench.store).range(g, 0, 1, 2);
    expect(rows.map(({ b }) => b)).toEqual([expect.objectContaining({ name: "Test" }), { t: "  hello \u{1f44b} " }]);
  });
});

test("a repeated nonce gets the first result, with another body CONFLICT, and nothing is doubled", async () => {
  const bench = await setUp(memoryJournal());
  const { g, u } = await newGroup(bench);
  const n = makeNonce(Date.now());

  const first = await bench.owner.command(say(g, u, "once", { n }));
  const again = await bench.owner.command(say(g, u, "once", { n }));
  const other = bench.owner.command(say(g, u, "twice", { n }));

  expect(again).toMatchObject({ s: first.s, ts: first.ts, dup: 1 });
  await expect(other).rejects.toMatchObject({ code: "CONFLICT", d: expect.objectContaining({ s: first.s }) });
  expect(await bench.registry.text()).toMatch(/^guildhall_fanout_commands_repeated_total 1$/m);
  expect(bench.batches.flatMap(({ events }) => events).filter((event) => event.g === g)).toHaveLength(2);
});

test("a nonce is remembered over a restart, from the tail and from the timeline", async () => {
  const journal = memoryJournal();
  const store = newStore();
  const n = makeNonce(Date.now());
  const before = await startBench(journal, store);
  const { g, u } = await newGroup(before);
  const first = await before.owner.command(say(g, u, "once", { n }));
  await before[Symbol.asyncDispose]();
  const bench = await setUp(journal, store);

  const again = await bench.owner.command(say(g, u, "once", { n }));

  expect(again).toMatchObject({ s: first.s, dup: 1 });
});

test("commands sent side by side keep their order and get dense seqs", async () => {
  const bench = await setUp(memoryJournal());
  const { g, u } = await newGroup(bench);

  const results = await Promise.all(Array.from({ length: 200 }, (_, i) => bench.owner.command(say(g, u, `m${i}`))));

  expect(results.map(({ s }) => s)).toEqual(Array.from({ length: 200 }, (_, i) => i + 2));
  expect(results.every(({ ts }, i) => i === 0 || ts > (results[i - 1]?.ts ?? 0))).toBe(true);
});

test("more commands than a queue holds are refused as UNAVAILABLE, not dropped", async () => {
  const bench = await setUp(memoryJournal());
  const g = randomId();

  const results = await Promise.allSettled(Array.from({ length: 300 }, () => bench.owner.command(say(g, 7, "x"))));

  const codes = results.map((result) => (result.status === "rejected" ? (result.reason as AppError).code : "ok"));
  expect(codes.filter((code) => code === "UNAVAILABLE")).toHaveLength(300 - 256);
  expect(codes.filter((code) => code === "NOT_FOUND")).toHaveLength(256);
});

test("what was acknowledged is there after a stop at any moment, before the store has it", async () => {
  const journal = memoryJournal();
  const before = await startBench(
    journal,
    newStore({ before: (call) => (call === "write" ? new Promise(() => {}) : undefined) }),
  );
  const { g, u } = await newGroup(before);
  for (let i = 0; i < 20; i++) await before.owner.command(say(g, u, `m${i}`));
  const store = newStore();

  const bench = await setUp(journal, store);

  const open = await bench.owner.open(g, 0);
  expect(open).toMatchObject({ s: 21, m: 20, ep: 1 });
  expect(open.events.map(({ s }) => s)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
  await vi.waitFor(async () => expect(await timelineReader(store).range(g, 0, 1, 21)).toHaveLength(21));
});

test("an owner that was replaced is refused by the journal and steps down", async () => {
  const journal = memoryJournal();
  const store = newStore();
  const old = await setUp(journal, store);
  const { g, u } = await newGroup(old);
  const bench = await setUp(journal, store);

  const late = old.owner.command(say(g, u, "from the past"));

  await expect(late).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await vi.waitFor(() => expect(old.fanout.ready()).toBe(false));
  expect(await bench.owner.command(say(g, u, "from now"))).toMatchObject({ s: 2 });
});

test("after a refused append the term goes on with rising beacons, and one number is left out", async () => {
  let full = false;
  const journal = memoryJournal({
    before: () => {
      if (full) throw new AppError("UNAVAILABLE", "no space");
    },
  });
  const numbers: number[] = [];
  const bench = await setUp(journal, newStore(), async (bus) => {
    await bus.subscribe(beaconSubject(0), ({ data }) => {
      const { term, n } = unpack(data) as Beacon;
      if (term === 1) numbers.push(n);
    });
  });
  const { g, u } = await newGroup(bench, 0);
  await vi.waitFor(() => expect(numbers.length).toBeGreaterThan(0));
  const before = numbers.at(-1) ?? 0;

  full = true;
  await expect(bench.owner.command(say(g, u, "x"))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await vi.waitFor(() => expect(numbers.at(-1)).toBeGreaterThan(before + 1), { timeout: 5_000 });

  expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
  expect(numbers).not.toContain(before + 1);
});

test("an append that is refused is answered UNAVAILABLE, and the command can be repeated", async () => {
  let full = false;
  const journal = memoryJournal({
    before: () => {
      if (full) throw new AppError("UNAVAILABLE", "no space");
    },
  });
  const bench = await setUp(journal);
  const { g, u } = await newGroup(bench);
  await settled(journal);
  const n = makeNonce(Date.now());
  full = true;

  await expect(bench.owner.command(say(g, u, "x", { n }))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await vi.waitFor(async () => expect(await bench.owner.open(g, 0)).toMatchObject({ s: 1 }), { timeout: 5_000 });
  full = false;

  const repeated = async () => expect(await bench.owner.command(say(g, u, "x", { n }))).toMatchObject({ s: 2 });
  await vi.waitFor(repeated, { timeout: 5_000 });
});

test("an append that landed though it failed is OUTCOME_UNKNOWN, and its repeat the first result", async () => {
  let broken = false;
  const journal = memoryJournal({
    after: () => {
      if (broken) throw new AppError("OUTCOME_UNKNOWN", "lost");
    },
  });
  const bench = await setUp(journal);
  const { g, u } = await newGroup(bench);
  const n = makeNonce(Date.now());
  broken = true;

  await expect(bench.owner.command(say(g, u, "x", { n }))).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  broken = false;

  await vi.waitFor(async () =>
    expect(await bench.owner.command(say(g, u, "x", { n }))).toMatchObject({ s: 2, dup: 1 }),
  );
});

test("a refused command leaves no trace, and a late copy of the attempt is refused again", async () => {
  const bench = await setUp(memoryJournal());
  const { g, u } = await newGroup(bench);
  const stranger = randomId();
  const attempt = say(g, stranger, "let me in");

  await expect(bench.owner.command(attempt)).rejects.toMatchObject({ code: "NOT_MEMBER" });
  await bench.owner.command(command(g, stranger, "member.join", {}));

  await expect(bench.owner.command(attempt)).rejects.toMatchObject({ code: "NOT_MEMBER" });
  expect(await bench.owner.command(say(g, u, "next"))).toMatchObject({ s: 3 });
});

test("what is kept of a refusal is durable before it is told, and kept once, also by the next owner", async () => {
  const [journal, store] = [memoryJournal(), newStore()];
  const before = await startBench(journal, store);
  const { g, u } = await newGroup(before);
  const member = randomId();
  await before.owner.command(command(g, member, "member.join", {}));
  const kick = command(g, member, "member.kick", { u });

  await expect(before.owner.command(kick)).rejects.toMatchObject({ code: "FORBIDDEN" });
  const records = await journal.read(partitionOf(g, PARTITIONS), 1, 1_000);
  const kept = records.flatMap(({ data }) => decodeRecord(data).e).filter(({ k }) => k === "member.kick");
  await before[Symbol.asyncDispose]();
  const bench = await setUp(journal, store);
  await expect(bench.owner.command({ ...kick, at: "again" })).rejects.toMatchObject({ code: "FORBIDDEN" });
  await bench.owner.command(say(g, u, "next"));

  expect(kept).toMatchObject([{ g, u: member, s: 0 }]);
  await vi.waitFor(async () => {
    const acts = await store.scan(AUDIT, [g, 0], { limit: 9 });
    expect(acts.map(({ n, m, refused }) => [n, m, refused])).toEqual([
      [1, "group.create", ""],
      [2, "member.kick", "FORBIDDEN"],
    ]);
  });
});

test("a command is decided by the owner it was meant for, or by one of whom its sender had not heard", async () => {
  const journal = memoryJournal();
  const store = newStore();
  const before = await startBench(journal, store);
  const { g, u } = await newGroup(before);
  const { ep } = await before.owner.command(say(g, u, "to the first", { ep: 1, term: 1 }));
  await before[Symbol.asyncDispose]();
  const bench = await setUp(journal, store);

  const late = say(g, u, "to the first, late", { ep, term: 1 });
  await expect(bench.owner.command(late)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect(bench.owner.command(say(g, u, "x", { ep, term: 3 }))).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });

  expect(await bench.owner.command({ ...late, term: 2 })).toMatchObject({ s: 3 });
  expect(await bench.owner.command(say(g, u, "to whomever"))).toMatchObject({ s: 4 });
});

test("recall rewrites the stored row and is an event of its own", async () => {
  const bench = await setUp(memoryJournal());
  const { g, u } = await newGroup(bench);
  const { s } = await bench.owner.command(say(g, u, "oops"));

  const recall = await bench.owner.command(command(g, u, "msg.recall", { s }));

  await vi.waitFor(async () => {
    const rows = await timelineReader(bench.store).range(g, 0, 1, recall.s);
    expect(rows.map(({ k, x, rev }) => [k, x, rev])).toEqual([
      ["group.create", 0, 0],
      ["text", 1, recall.s],
      ["msg.recall", 0, 0],
    ]);
  });
  await expect(bench.owner.command(command(g, u, "msg.recall", { s }))).rejects.toMatchObject({ code: "ALREADY" });
});

test("facts carry the version of the newest permission event", async () => {
  const bench = await setUp(memoryJournal());
  const { g, u } = await newGroup(bench);
  const other = randomId();
  const join = await bench.owner.command(command(g, other, "member.join", {}));
  await bench.owner.command(say(g, other, "hi"));

  const facts = await bench.owner.facts(g, [u, other, 5]);

  expect(facts.group).toMatchObject({ g, owner: u, v: join.s, state: "active" });
  expect(facts.members).toEqual([
    [u, { roles: [], mute: 0 }],
    [other, { roles: [], mute: 0 }],
    [5, null],
  ]);
  await expect(bench.owner.facts(randomId(), [u])).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("joining and leaving reach the person's own list of groups", async () => {
  const bench = await setUp(memoryJournal());
  const { g } = await newGroup(bench);
  const person = randomId();
  await bench.owner.command(command(person, 0, "person.create", { name: `p${person}`.slice(0, 20), secret: "" }));
  const list = () => bench.owner.ask(person, person, "groups.list", {});

  await bench.owner.command(command(g, person, "member.join", {}));
  await vi.waitFor(async () => expect(await list()).toMatchObject({ groups: [{ g, name: "Test" }] }));
  await bench.owner.command(command(g, person, "member.leave", {}));

  await vi.waitFor(async () => expect(await list()).toMatchObject({ groups: [] }));
});

test("a journal that was lost gets a new epoch, and what is stored goes on", async () => {
  const store = newStore();
  const before = await startBench(memoryJournal(), store);
  const { g, u } = await newGroup(before);
  await before.owner.command(say(g, u, "kept"));
  await before[Symbol.asyncDispose]();

  const bench = await setUp(memoryJournal(), store);

  expect(await bench.owner.command(say(g, u, "after"))).toMatchObject({ s: 3, ep: 2 });
  await vi.waitFor(async () => expect(await timelineReader(bench.store).range(g, 0, 1, 3)).toHaveLength(3));
});

/** The first `count` records of partition 0, as from a backup. */
async function copyOf(journal: Journal, count: number): Promise<Journal> {
  const copy = memoryJournal();
  for (const { position, data } of await journal.read(0, 1, count)) await copy.append(0, position - 1, data);
  return copy;
}

test("what is acknowledged in a new epoch and not stored yet outlives the next crash", async () => {
  const journal = memoryJournal();
  let isOut = false;
  const store = newStore({ before: (call) => (isOut && call === "write" ? new Promise(() => {}) : undefined) });
  const before = await startBench(journal, store);
  const { g, u } = await newGroup(before, 0);
  for (let i = 0; i < 9; i++) await before.owner.command(say(g, u, `lost ${i}`));
  await before[Symbol.asyncDispose]();
  const restored = await copyOf(journal, 3);
  isOut = true;
  const second = await startBench(restored, store);
  const { s, ep } = await second.owner.command(say(g, u, "kept"));
  isOut = false;

  const bench = await setUp(restored, store);

  expect({ s, ep }).toEqual({ s: 11, ep: 2 });
  expect(await bench.owner.open(g, 0)).toMatchObject({ ep: 2, s: 11 });
  await vi.waitFor(async () => {
    const rows = await timelineReader(store).range(g, 0, 11, 11);
    expect(rows.map(({ b }) => b)).toEqual([{ t: "kept" }]);
  });
});

test("data that were restored as a whole begin an epoch when told to, with what was not stored in them", async () => {
  const journal = memoryJournal();
  let isOut = false;
  const store = newStore({ before: (call) => (isOut && call === "write" ? new Promise(() => {}) : undefined) });
  const before = await startBench(journal, store);
  const { g, u } = await newGroup(before, 0);
  await vi.waitFor(async () => expect(await timelineReader(store).range(g, 0, 1, 1)).toHaveLength(1));
  isOut = true;
  await before.owner.command(say(g, u, "not stored"));
  const restored = await copyOf(journal, 100);
  isOut = false;
  await beginEpochs(PARTITIONS, restored, store);
  isOut = true;
  const second = await startBench(restored, store);
  expect(await second.owner.command(say(g, u, "of the new epoch"))).toMatchObject({ s: 3, ep: 2 });
  isOut = false;

  const bench = await setUp(restored, store);

  expect(await bench.owner.open(g, 0)).toMatchObject({ ep: 2, s: 3 });
  await vi.waitFor(async () => {
    const rows = await timelineReader(store).range(g, 0, 2, 3);
    expect(rows.map(({ b }) => b)).toEqual([{ t: "not stored" }, { t: "of the new epoch" }]);
  });
});

test("a journal that begins after what the store has halts the start", async () => {
  const journal = memoryJournal();
  const before = await startBench(journal);
  const { g, u } = await newGroup(before, 0);
  for (let i = 0; i < 5; i++) await before.owner.command(say(g, u, "x"));
  await before[Symbol.asyncDispose]();
  await journal.purge(0, 4);

  const start = startBench(journal, newStore());

  await expect(start).rejects.toMatchObject({ code: "INTERNAL" });
});

test("a command about a seq that does not exist is refused and costs none", async () => {
  const bench = await setUp(memoryJournal());
  const { g, u } = await newGroup(bench);

  await expect(bench.owner.command(command(g, u, "msg.edit", { s: 99, b: { t: "x" } }))).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  expect(await bench.store.get(TIMELINE, [g, 0, 1, 99])).toBeUndefined();
  expect(await bench.owner.command(say(g, u, "next"))).toMatchObject({ s: 2 });
});

test("a message that is not stored yet is found by a command that has to load another row first", async () => {
  const bench = await setUp(memoryJournal());
  const { g, u } = await newGroup(bench);

  const said = bench.owner.command(say(g, u, "hi"));
  const reacted = bench.owner.command(command(g, u, "msg.react", { s: 2, r: "\u{1f44d}", on: true }));

  expect((await said).s).toBe(2);
  expect((await reacted).s).toBe(3);
  expect((await bench.owner.command(command(g, u, "msg.recall", { s: 2 }))).s).toBe(4);
});

test("a person who joins and leaves, and a group that is renamed twice, within one record are told as they are last", async () => {
  const bench = await setUp(memoryJournal());
  const [one, other] = [await newGroup(bench, 0), await newGroup(bench, 0)];
  const [ann, bob] = [randomId(), randomId()];
  const groupsOf = async (u: number) =>
    ((await bench.owner.ask(u, u, "groups.list", {})) as { groups: { g: number; name: string }[] }).groups;
  const rename = (name: string) => command(one.g, one.u, "group.edit", { name });

  // What comes while the first is on its way goes into one record.
  const commands = [
    say(one.g, one.u, "first"),
    command(one.g, ann, "member.join", {}),
    command(one.g, bob, "member.join", {}),
    command(one.g, ann, "member.leave", {}),
    rename("Once"),
    rename("Twice"),
  ];
  await Promise.all(commands.map((each) => bench.owner.command(each)));
  await bench.owner.command(command(other.g, ann, "member.join", {}));

  await vi.waitFor(async () => expect((await groupsOf(ann)).map(({ g }) => g)).toContain(other.g));
  expect((await groupsOf(ann)).map(({ g }) => g)).toEqual([other.g]);
  for (const u of [bob, one.u]) expect(await groupsOf(u)).toMatchObject([{ g: one.g, name: "Twice" }]);
});
