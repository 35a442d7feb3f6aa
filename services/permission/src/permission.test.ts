import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ANN, type Bench, BOB, holding, OWNER, startBench } from "../test/bench.ts";

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const yes = { ok: true };
const no = (why: string) => ({ ok: false, why });

describe("facts", () => {
  test("are asked for once, and then held", async () => {
    expect(await bench.check(ANN, "SEND_MESSAGE")).toMatchObject({ ok: true, v: 1, rank: 100 });
    expect(await bench.check(ANN, "KICK_MEMBER")).toMatchObject({ ok: false, why: "BIT", bit: "KICK_MEMBER" });

    expect(bench.owner.asked).toEqual([{ g: bench.g, u: [ANN] }]);
  });

  test("of a stranger are held too: that somebody is no member is a fact", async () => {
    expect(await bench.check(999, "VIEW_GROUP")).toMatchObject(no("NOT_MEMBER"));
    expect(await bench.check(999, "VIEW_GROUP")).toMatchObject(no("NOT_MEMBER"));

    expect(bench.owner.asked).toHaveLength(1);
  });

  test("of a group that is not there are asked for each time", async () => {
    expect(await bench.check(ANN, "VIEW_GROUP", { g: bench.g + 1 })).toMatchObject(no("NO_GROUP"));
    expect(await bench.check(ANN, "VIEW_GROUP", { g: bench.g + 1 })).toMatchObject(no("NO_GROUP"));

    expect(bench.owner.asked).toHaveLength(2);
  });

  test("are asked for once however many wait, and the people of those who come later together", async () => {
    let release = () => {};
    bench.owner.held = new Promise((resolve) => {
      release = resolve;
    });
    const first = bench.check(ANN, "VIEW_GROUP");
    await vi.waitFor(() => expect(bench.owner.asked).toHaveLength(1));
    const later = [ANN, BOB, OWNER, 7, 8, 9].map(async (u) => bench.check(u, "VIEW_GROUP"));
    release();

    expect(await first).toMatchObject(yes);
    expect((await Promise.all(later)).map((answer) => answer.ok)).toEqual([true, true, true, false, false, false]);
    expect(bench.owner.asked.map((request) => request.u)).toEqual([[ANN], [BOB, OWNER, 7, 8, 9]]);
  });

  test("of the one acted on are asked for with the actor's", async () => {
    bench.owner.change(bench.g, { members: [[ANN, holding(2)]] });

    expect(await bench.check(ANN, "KICK_MEMBER", { on: BOB })).toMatchObject(yes);
    expect(await bench.check(ANN, "KICK_MEMBER", { on: OWNER })).toMatchObject(no("RANK"));

    expect(bench.owner.asked.map((request) => request.u)).toEqual([
      [ANN, BOB],
      [ANN, OWNER],
    ]);
  });

  test("that an owner does not tell let nobody in, and are asked for again", async () => {
    bench.owner.failure = { err: { code: "UNAVAILABLE" } };
    expect(await bench.check(OWNER, "VIEW_GROUP")).toMatchObject(no("UNKNOWN"));
    bench.owner.failure = undefined;

    expect(await bench.check(OWNER, "VIEW_GROUP")).toMatchObject(yes);
  });

  test("are bounded: the group not asked about lately is dropped", async () => {
    await using small = await startBench({ groupsMax: 2 });
    for (const g of [1, 2, 3]) small.owner.add({ g, owner: OWNER }, [[ANN, holding()]]);
    const ask = (g: number) => small.check(ANN, "VIEW_GROUP", { g });

    await ask(1);
    await ask(2);
    await ask(3);
    small.owner.asked.length = 0;
    await ask(3);
    await ask(2);
    await ask(1);

    expect(small.owner.asked.map((request) => request.g)).toEqual([1]);
    expect(await small.registry.text()).toContain("guildhall_permission_groups 2");
  });

  test("are bounded a group: the person held longest is dropped", async () => {
    await using small = await startBench({ membersPerGroupMax: 2 });

    for (const u of [ANN, BOB, OWNER, OWNER, BOB, ANN]) expect(await small.check(u, "VIEW_GROUP")).toMatchObject(yes);

    expect(small.owner.asked.map((request) => request.u)).toEqual([[ANN], [BOB], [OWNER], [ANN]]);
  });
});

describe("deltas", () => {
  test("move held facts on without asking", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    await bench.check(BOB, "VIEW_GROUP");
    bench.owner.change(bench.g, { members: [[ANN, holding(4)]] });
    bench.owner.change(bench.g, { members: [[BOB, null]] });
    bench.owner.change(bench.g, { group: { muteAll: true } });
    await bench.heard();

    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject({ ok: true, v: 4, rank: 500 });
    expect(await bench.check(ANN, "SEND_MESSAGE")).toMatchObject(no("MUTED"));
    expect(await bench.check(BOB, "VIEW_GROUP")).toMatchObject(no("NOT_MEMBER"));
    expect(bench.owner.asked).toHaveLength(2);
  });

  test("a missing one makes the facts be loaded anew", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    bench.owner.change(bench.g, { members: [[ANN, null]] }, { lost: true });
    bench.owner.change(bench.g, { members: [[BOB, holding(4)]] });
    await bench.heard();

    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject({ ...no("NOT_MEMBER"), v: 3 });
    expect(bench.owner.asked).toHaveLength(2);
  });

  test("one that comes twice, or was loaded already, changes nothing", async () => {
    bench.owner.change(bench.g, { members: [[ANN, holding(4)]] });
    await bench.check(ANN, "VIEW_GROUP");
    const { ep, term } = bench.owner;
    bench.owner.send({ g: bench.g, ep, term, pp: 1, pv: 2, members: [[ANN, null]] });
    await bench.heard();

    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject({ ok: true, v: 2, rank: 500 });
    expect(bench.owner.asked).toHaveLength(1);
  });

  test("one that arrives while the facts are on their way is applied to them", async () => {
    let release = () => {};
    bench.owner.held = new Promise((resolve) => {
      release = resolve;
    });
    const answer = bench.check(ANN, "VIEW_GROUP");
    await vi.waitFor(() => expect(bench.owner.asked).toHaveLength(1));
    bench.owner.change(bench.g, { members: [[ANN, null]] });
    await bench.heard();
    release();

    expect(await answer).toMatchObject({ ...no("NOT_MEMBER"), v: 2 });
    expect(bench.owner.asked).toHaveLength(1);
  });

  test("one that is missing while the facts are on their way makes them be asked for again", async () => {
    let release = () => {};
    bench.owner.held = new Promise((resolve) => {
      release = resolve;
    });
    const answer = bench.check(ANN, "VIEW_GROUP");
    await vi.waitFor(() => expect(bench.owner.asked).toHaveLength(1));
    bench.owner.change(bench.g, { members: [[ANN, null]] }, { lost: true });
    bench.owner.change(bench.g, { members: [[BOB, holding(4)]] });
    await bench.heard();
    release();

    expect(await answer).toMatchObject({ ...no("NOT_MEMBER"), v: 3 });
    expect(bench.owner.asked).toHaveLength(2);
  });

  test("of an owner that was replaced are ignored", async () => {
    bench.owner.succeed();
    await bench.check(ANN, "VIEW_GROUP");
    bench.owner.send({ g: bench.g, ep: 1, term: 1, pp: 1, pv: 2, members: [[ANN, holding(2)]] });
    await bench.heard();

    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject({ v: 1, rank: 100 });
    expect(bench.owner.asked).toHaveLength(1);
  });

  test("of a new owner, or a new journal, make everything of the partition be loaded anew", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    bench.owner.change(bench.g, { members: [[ANN, null]] }, { lost: true });
    bench.owner.succeed();
    bench.owner.send({ g: bench.g, ep: 1, term: 2, pp: 1, pv: 2, members: [] });
    await bench.heard();
    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(no("NOT_MEMBER"));

    bench.owner.ep = 2;
    bench.owner.change(bench.g, { members: [[ANN, holding()]] }, { lost: true });
    bench.owner.beacon();
    await bench.heard();
    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(yes);
  });
});

describe("beacons", () => {
  test("one after another keep the facts", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    for (let i = 0; i < 10; i++) {
      bench.clock.advance(500);
      bench.owner.beacon();
      await bench.heard();
      expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(yes);
    }

    expect(bench.owner.asked).toHaveLength(1);
  });

  test("none for two seconds: nothing is answered until one comes, and then from new facts", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    bench.owner.beacon();
    await bench.heard();
    bench.clock.advance(2_001);
    bench.owner.change(bench.g, { members: [[ANN, null]] }, { lost: true });

    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(no("STALE"));
    expect(await bench.check(BOB, "VIEW_GROUP")).toMatchObject(no("STALE"));
    expect(bench.owner.asked).toHaveLength(1);

    bench.owner.beacon();
    await bench.heard();
    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(no("NOT_MEMBER"));
  });

  test("a jump in their numbers drops what is held", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    bench.owner.beacon();
    await bench.heard();
    bench.owner.change(bench.g, { members: [[ANN, null]] }, { lost: true });
    bench.owner.beacon({ skip: 1 });
    await bench.heard();

    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(no("NOT_MEMBER"));
  });

  test("an answer from before a jump is not used", async () => {
    bench.owner.beacon();
    await bench.heard();
    let release = () => {};
    bench.owner.held = new Promise((resolve) => {
      release = resolve;
    });
    const answer = bench.check(ANN, "VIEW_GROUP");
    await vi.waitFor(() => expect(bench.owner.asked).toHaveLength(1));
    bench.owner.change(bench.g, { members: [[ANN, null]] }, { lost: true });
    bench.owner.beacon({ skip: 1 });
    await bench.heard();
    release();

    expect(await answer).toMatchObject(no("NOT_MEMBER"));
    expect(bench.owner.asked).toHaveLength(2);
  });

  test("one that knows a newer version drops the group, held or on its way", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    const v = bench.owner.change(bench.g, { members: [[ANN, null]] }, { lost: true });
    bench.owner.beacon({ heads: [[bench.g, 0, 5, v]] });
    await bench.heard();
    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(no("NOT_MEMBER"));

    let release = () => {};
    bench.owner.held = new Promise((resolve) => {
      release = resolve;
    });
    const answer = bench.check(BOB, "VIEW_GROUP");
    await vi.waitFor(() => expect(bench.owner.asked).toHaveLength(3));
    const later = bench.owner.change(bench.g, { members: [[BOB, null]] }, { lost: true });
    bench.owner.beacon({ heads: [[bench.g, 0, 6, later]] });
    await bench.heard();
    release();
    expect(await answer).toMatchObject(no("NOT_MEMBER"));
  });

  test("one that knows the same version keeps the facts", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    bench.owner.beacon({ heads: [[bench.g, 0, 5, 1]] });
    await bench.heard();
    await bench.check(ANN, "VIEW_GROUP");

    expect(bench.owner.asked).toHaveLength(1);
  });

  test("one that does not name all that moved drops what is held", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    bench.owner.change(bench.g, { members: [[ANN, null]] }, { lost: true });
    bench.owner.beacon({ all: true });
    await bench.heard();

    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(no("NOT_MEMBER"));
  });

  test("of an owner that was replaced do not count", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    bench.owner.succeed();
    bench.owner.beacon();
    await bench.heard();
    bench.clock.advance(1_500);
    bench.owner.term = 1;
    bench.owner.beaconNumber = 40;
    bench.owner.beacon();
    await bench.heard();
    bench.clock.advance(600);

    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(no("STALE"));
  });

  test("of a new owner make the facts be loaded anew, and the old owner's answers worthless", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    bench.owner.succeed();
    bench.owner.beacon();
    await bench.heard();
    bench.owner.term = 1;

    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(no("STALE"));

    bench.owner.term = 2;
    expect(await bench.check(ANN, "VIEW_GROUP")).toMatchObject(yes);
  });
});

describe("a version asked for", () => {
  test("is waited for: the delta may be on its way", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    const answer = bench.check(ANN, "VIEW_GROUP", { minV: 2 });
    bench.owner.change(bench.g, { members: [[ANN, holding(4)]] });

    expect(await answer).toMatchObject({ ok: true, v: 2, rank: 500 });
    expect(bench.owner.asked).toHaveLength(1);
  });

  test("is loaded when it does not come", async () => {
    await bench.check(ANN, "VIEW_GROUP");
    bench.owner.change(bench.g, { members: [[ANN, null]] }, { lost: true });

    expect(await bench.check(ANN, "VIEW_GROUP", { minV: 2 })).toMatchObject({ ...no("NOT_MEMBER"), v: 2 });
  });

  test("is stale when the owner does not have it either", async () => {
    expect(await bench.check(OWNER, "VIEW_GROUP", { minV: 2 })).toMatchObject(no("STALE"));
    expect(await bench.check(OWNER, "VIEW_GROUP", { minV: 1 })).toMatchObject(yes);
  });
});

test("counts what was decided, and what could not be", async () => {
  await bench.check(ANN, "VIEW_GROUP");
  await bench.check(ANN, "KICK_MEMBER");
  bench.owner.failure = { err: { code: "UNAVAILABLE" } };
  await bench.check(ANN, "VIEW_GROUP", { g: bench.g + 1 });

  await vi.waitFor(async () => {
    const text = await bench.registry.text();
    expect(text).toContain('guildhall_permission_checks_total{result="ok"} 1');
    expect(text).toContain('guildhall_permission_checks_total{result="BIT"} 1');
    expect(text).toContain('guildhall_permission_checks_total{result="UNKNOWN"} 1');
    expect(text).toContain("guildhall_permission_fail_closed_total 1");
    expect(text).toContain("guildhall_permission_load_failures_total 1");
    expect(text).toContain("guildhall_permission_groups 1");
  }, 3_000);
});

test("an owner that does not answer at all is unknown within a second or so, never a yes", async () => {
  bench.owner.held = new Promise(() => {});

  expect(await bench.check(OWNER, "VIEW_GROUP")).toMatchObject(no("UNKNOWN"));
});
