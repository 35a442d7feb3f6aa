import { AppError, makeNonce, partitionOf, toBase64Url } from "@guildhall/kernel";
import { claimId, entityIdFor } from "@guildhall/owner";
import {
  CLIENT_FRAME,
  type Command,
  type CommandReply,
  ERRORS,
  type GroupView,
  LIMITS,
  type OkFrame,
  SERVER_FRAME,
} from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";
import { device } from "./client.ts";
import { PARTITIONS } from "./fake-owner.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const nonce = () => makeNonce(Date.now());

test("a message goes to the owner with what we have verified, and comes back to the sender too", async () => {
  const g = bench.group(1);
  const client = await bench.connect();
  const dev = device();
  await client.hello(1, dev);
  await client.ok(CLIENT_FRAME.sub, { g: [g], mode: 1 });
  const n = nonce();

  const fields = { g, n, k: "text", b: { t: "hi" }, re: 1, u: 99, dev: "mallory" };
  const answer = await client.ok(CLIENT_FRAME.send, fields);

  expect(answer).toEqual({ s: 2, ep: 1, ts: expect.any(Number), m: 1 });
  expect(bench.owner.commands).toMatchObject([
    {
      g,
      l: 0,
      u: 1,
      dev: toBase64Url(dev),
      m: "msg.send",
      a: { k: "text", b: { t: "hi" }, re: 1 },
      as: 0,
      pv: 0,
      why: "",
      at: expect.stringMatching(/^[\w-]{22}\.\w+$/),
    },
  ]);
  expect(bench.owner.commands[0]?.dl).toBeGreaterThan(performance.now() + 5_000);
  await client.has(g, 2);
  expect(client.events(g)[0]?.n).toEqual(n);
});

test("messages of one connection reach the owner in the order sent, however long their checks take", async () => {
  const g = bench.group(1);
  const client = await bench.person(1);
  let asked = 0;
  bench.facts.before = () => new Promise((resolve) => setTimeout(resolve, asked++ % 3 === 0 ? 20 : 1));
  let waiting = 0;
  let most = 0;
  const commit = bench.owner.onCommand;
  bench.owner.onCommand = async (command) => {
    most = Math.max(most, ++waiting);
    await new Promise((resolve) => setTimeout(resolve, 5));
    waiting--;
    return commit(command);
  };

  const sent = Array.from({ length: 30 }, (_, i) => client.say(g, `${i}`));
  await Promise.all(sent.map((i) => client.answer(i)));

  const texts = bench.owner.commands.map(({ a }) => Number((a as { b: { t: string } }).b.t));
  expect(texts).toEqual(Array.from({ length: 30 }, (_, i) => i));
  expect(most).toBeGreaterThan(5);
});

test("a refused message stops none behind it", async () => {
  const g = bench.group(1);
  const client = await bench.person(1);

  const bad = client.request(CLIENT_FRAME.send, { g, n: nonce(), k: "poem", b: {} });
  const good = client.say(g, "hi");

  expect(await client.answer(bad)).toMatchObject({ c: ERRORS.BAD_ARGS.c, d: { path: "/k" } });
  expect(await client.answer(good)).toMatchObject({ d: { s: 2 } });
});

test.each<[string, number]>([
  ["msg.send", ERRORS.UNKNOWN_METHOD.c],
  ["group.create", ERRORS.UNKNOWN_METHOD.c],
  ["claim.take", ERRORS.UNKNOWN_METHOD.c],
  ["toString", ERRORS.UNKNOWN_METHOD.c],
])("%s is no command for clients", async (m, c) => {
  const g = bench.group(1);
  const client = await bench.person(1);

  expect(await client.ask(CLIENT_FRAME.cmd, { g, n: nonce(), m, a: {} })).toMatchObject({ c });
  expect(bench.owner.commands).toEqual([]);
});

test("a repeat of what is no longer allowed reaches the owner, who knows whether it had happened", async () => {
  const g = bench.group(1);
  const stranger = await bench.person(4);
  const again = { g, n: nonce(), k: "text", b: { t: "said while a member" }, rt: 1 } as const;

  const answer = await stranger.ask(CLIENT_FRAME.send, again);

  expect(bench.owner.commands).toMatchObject([{ m: "msg.send", u: 4 }]);
  expect(answer).toMatchObject({ t: SERVER_FRAME.ok });
});

test("who is in as many groups as one may be joins no other and creates none", async () => {
  const g = bench.group(1);
  const client = await bench.person(2);
  bench.owner.groupsCount = LIMITS.groupsPerPersonMax;
  bench.owner.onAsk = async () => {
    throw new AppError("NOT_FOUND");
  };

  const join = await client.ask(CLIENT_FRAME.cmd, { g, n: nonce(), m: "member.join", a: {} });
  const create = await client.ask(CLIENT_FRAME.ask, {
    m: "group.create",
    a: { name: "One more", category: "sports" },
    n: nonce(),
  });

  expect([join, create]).toMatchObject([{ c: ERRORS.QUOTA.c }, { c: ERRORS.QUOTA.c }]);
  expect(bench.owner.commands).toEqual([]);
});

test("what the rule refuses never reaches the owner, and is told by its own number", async () => {
  const g = bench.group(1, 2, 3);
  const [member, muted, stranger] = await Promise.all([1, 3, 4].map((u) => bench.person(u)));
  bench.facts.group(g, [1, 2, 3], { lo: 0b1111 });
  bench.facts.member(g, 3, { roles: [], mute: Date.now() + 60_000 }, 0);
  const react = { g, n: nonce(), m: "msg.react", a: { s: 1, r: "x", on: true } };

  expect(await member?.ask(CLIENT_FRAME.cmd, react)).toMatchObject({
    c: ERRORS.FORBIDDEN.c,
    d: { bit: "ADD_REACTION" },
  });
  expect(await muted?.answer(muted.say(g, "x"))).toMatchObject({ c: ERRORS.MUTED.c, d: { until: expect.any(Number) } });
  expect(await stranger?.answer(stranger.say(g, "x"))).toMatchObject({ c: ERRORS.NOT_MEMBER.c, r: false });
  expect(await member?.answer(member.say(g + 1, "x"))).toMatchObject({ c: ERRORS.NOT_FOUND.c });
  expect(bench.owner.commands).toEqual([]);
});

test("an act of power that the rule refuses reaches the owner, who keeps that, unless it is a stranger's", async () => {
  const g = bench.group(1, 2);
  const [member, stranger] = await Promise.all([1, 4].map((u) => bench.person(u)));
  const kick = () => ({ g, n: nonce(), m: "member.kick", a: { u: 2 } });
  bench.owner.onCommand = () => ({ err: { code: "FORBIDDEN", d: { bit: "KICK_MEMBER" } } });

  expect(await member?.ask(CLIENT_FRAME.cmd, kick())).toMatchObject({ c: ERRORS.FORBIDDEN.c });
  expect(await stranger?.ask(CLIENT_FRAME.cmd, kick())).toMatchObject({ c: ERRORS.NOT_MEMBER.c });
  expect(bench.owner.commands).toMatchObject([{ m: "member.kick", u: 1 }]);
});

test("who may join need not be a member; arguments are checked with their place", async () => {
  const g = bench.group();
  const client = await bench.person(1);

  const joined = await client.ask(CLIENT_FRAME.cmd, { g, n: nonce(), m: "member.join", a: {}, why: "hello" });
  const wrong = await client.ask(CLIENT_FRAME.cmd, { g, n: nonce(), m: "member.join", a: { role: 1 } });

  expect(joined).toMatchObject({ d: { s: 2 } });
  expect(bench.owner.commands).toMatchObject([{ m: "member.join", why: "hello", pv: 0 }]);
  expect(wrong).toMatchObject({ c: ERRORS.BAD_ARGS.c, d: { path: expect.stringMatching(/^\/a/) } });
});

test("who was answered that they have joined is not refused as a stranger, however late the news is", async () => {
  const g = bench.group(9);
  const client = await bench.person(1);
  const other = await bench.person(1);
  bench.owner.onCommand = () => ({ ok: { s: 2, ep: 1, ts: Date.now(), m: 0, pv: 2 } });
  const stranger = (await client.ask(CLIENT_FRAME.sub, { g: [g], mode: 1 })) as OkFrame;

  await client.ok(CLIENT_FRAME.cmd, { g, n: nonce(), m: "member.join", a: {} });
  // What is known of the group is older than the answer, until somebody asks for as new as that.
  bench.facts.before = async ({ minV }) => {
    if (minV === 2) bench.facts.member(g, 1, { roles: [1], mute: 0 }, 2);
  };
  bench.owner.say(g, { u: 1, k: "member.join", b: { u: 1, nick: "" } });
  const rows = await Promise.all([client, other].map((one) => one.ok(CLIENT_FRAME.sub, { g: [g], mode: 1 })));

  expect(stranger.d).toMatchObject([{ g, c: ERRORS.NOT_FOUND.c }]);
  expect(rows).toMatchObject([[{ g, s: 2 }], [{ g, s: 2 }]]);
});

test.each([
  ["from the future", 421_000, ERRORS.BAD_ARGS.c],
  ["ahead by a clock that was set", 390_000, undefined],
  ["of a day ago", -86_390_000, undefined],
  ["too old", -86_410_000, ERRORS.STALE_NONCE.c],
])("a nonce %s", async (_, aheadMs, c) => {
  const g = bench.group(1);
  const client = await bench.person(1);

  const answer = await client.answer(client.say(g, "x", makeNonce(Date.now() + aheadMs)));

  expect("c" in answer ? answer.c : undefined).toBe(c);
});

test("other lanes are not offered", async () => {
  const g = bench.group(1);
  const client = await bench.person(1);

  const sent = await client.ask(CLIENT_FRAME.send, { g, l: 1, n: nonce(), k: "text", b: { t: "x" } });
  const page = await client.ask(CLIENT_FRAME.get, { g, l: 1, before: 9, lim: 5 });

  expect([sent, page]).toMatchObject([{ c: ERRORS.UNSUPPORTED.c }, { c: ERRORS.UNSUPPORTED.c }]);
});

test("a version that the client has seen is asked for; one that cannot be is BAD_ARGS", async () => {
  const g = bench.group(1, 2);
  bench.owner.say(g, { u: 9, k: "member.join", b: { u: 2, nick: "" } });
  bench.facts.group(g, [1, 2], { v: 2 });
  const client = await bench.person(1);
  const send = (pv: number) => ({ g, n: nonce(), k: "text", b: { t: "x" }, pv });

  const good = await client.ask(CLIENT_FRAME.send, send(2));
  const bad = await client.ask(CLIENT_FRAME.send, send(3));

  expect(good).toMatchObject({ d: { s: 3 } });
  expect(bad).toMatchObject({ c: ERRORS.BAD_ARGS.c, d: { path: "/pv" } });
  expect(bench.owner.commands).toMatchObject([{ pv: 2 }]);
});

test.each<[string, CommandReply, object]>([
  ["a refusal", { err: { code: "LEXICON", d: { action: "block" } } }, { c: ERRORS.LEXICON.c, d: { action: "block" } }],
  ["slow mode", { err: { code: "SLOW_MODE", ra: 900 } }, { c: ERRORS.SLOW_MODE.c, r: true, ra: 900 }],
  ["a repeat", { ok: { s: 5, ep: 1, ts: 1, dup: 1 } }, { d: { s: 5, dup: 1 } }],
  ["a result", { ok: { s: 5, ep: 1, ts: 1, pv: 5, d: { role: 3 } } }, { d: { s: 5, pv: 5, d: { role: 3 } } }],
])("%s of the owner reaches the client", async (_, reply, expected) => {
  const g = bench.group(1);
  const client = await bench.person(1);
  bench.owner.onCommand = () => reply;

  expect(await client.answer(client.say(g, "x"))).toMatchObject(expected);
});

test("a failure of ours is INTERNAL and says nothing of our insides", async () => {
  const g = bench.group(1);
  const client = await bench.person(1);
  bench.owner.onCommand = () => ({ err: { code: "INTERNAL", d: undefined } });

  const answer = await client.answer(client.say(g, "x"));

  expect(answer).toEqual({ t: 66, i: expect.any(Number), c: 699, m: ERRORS.INTERNAL.text, r: false });
});

test("commands are counted by name and outcome, never by what a client made up", async () => {
  const g = bench.group(1);
  const client = await bench.person(1);
  await client.answer(client.say(g, "x"));
  await client.ask(CLIENT_FRAME.cmd, { g, n: nonce(), m: "made.up", a: {} });
  await client.ask(CLIENT_FRAME.cmd, { g, n: nonce(), m: "member.leave", a: {} });

  const text = await bench.registry.text();
  expect(text).toMatch(/command_seconds_count\{command="send",outcome="ok"\} 1/);
  expect(text).toMatch(/command_seconds_count\{command="cmd",outcome="UNKNOWN_METHOD"\} 1/);
  expect(text).toMatch(/command_seconds_count\{command="member.leave",outcome="ok"\} 1/);
  expect(text).not.toContain("made.up");
});

test("a question of a group goes to its owner if the person may ask it", async () => {
  const g = bench.group(1);
  bench.facts.group(g, [1], { lo: 0b1111 });
  bench.owner.onAsk = ({ m, u, a }) => (m === "groups.list" ? { groups: [], more: false } : { m, u, a });
  const client = await bench.person(1);

  const roles = await client.ok(CLIENT_FRAME.ask, { m: "roles.list", a: { g } });
  const outside = await client.ok(CLIENT_FRAME.ask, { m: "group.get", a: { g: g + 1 } });
  const own = await client.ok(CLIENT_FRAME.ask, { m: "groups.list", a: {} });
  bench.facts.group(g, [2]);
  const refused = await client.ask(CLIENT_FRAME.ask, { m: "members.page", a: { g } });
  const secret = await client.ask(CLIENT_FRAME.ask, { m: "person.secret", a: {} });

  expect(roles).toEqual({ m: "roles.list", u: 1, a: { g } });
  expect(outside).toMatchObject({ m: "group.get" });
  expect(own).toEqual({ groups: [], more: false });
  expect(bench.owner.asks.map((asked) => asked.g)).toEqual([g, g + 1, 1]);
  expect(refused).toMatchObject({ c: ERRORS.NOT_MEMBER.c });
  expect(secret).toMatchObject({ c: ERRORS.UNKNOWN_METHOD.c });
});

test("people are asked of their own owners and come in the order asked", async () => {
  const ids = Array.from({ length: 9 }, (_, i) => 1_000 + i * 7);
  bench.owner.onAsk = ({ a }) => ({
    people: (a as { u: number[] }).u.filter((u) => u !== ids[3]).map((u) => ({ u, name: `p${u}` })),
  });
  const client = await bench.person(1);

  const { people } = await client.ok<{ people: { u: number }[] }>(CLIENT_FRAME.ask, { m: "people.get", a: { u: ids } });

  expect(people.map(({ u }) => u)).toEqual(ids.filter((u) => u !== ids[3]));
  for (const { g, a } of bench.owner.asks) {
    const partitions = new Set((a as { u: number[] }).u.map((u) => partitionOf(u, PARTITIONS)));
    expect([...partitions]).toEqual([partitionOf(g, PARTITIONS)]);
  }
  expect(await client.ok(CLIENT_FRAME.ask, { m: "people.get", a: { u: [] } })).toEqual({ people: [] });
});

test("people and groups are found by what is claimed for them", async () => {
  bench.owner.onAsk = ({ g, m, a }) => {
    if (m === "claim.get") return { by: (a as { name: string }).name === "nobody" ? 0 : 77 };
    if (m === "people.get") return { people: [{ u: 77, name: "ann" }] };
    return { g, number: 123, state };
  };
  let state = "frozen";
  const client = await bench.person(1);

  expect(await client.ok(CLIENT_FRAME.ask, { m: "person.find", a: { name: "ann" } })).toEqual({ u: 77, name: "ann" });
  expect(await client.ok(CLIENT_FRAME.ask, { m: "group.find", a: { number: 123 } })).toEqual({
    g: 77,
    number: 123,
    state,
  });
  state = "banned";
  const hidden = await client.ask(CLIENT_FRAME.ask, { m: "group.find", a: { number: 123 } });
  expect(hidden).toMatchObject({ c: ERRORS.NOT_FOUND.c });
  expect(bench.owner.asks[0]).toMatchObject({ g: claimId("user", "ann"), m: "claim.get" });
  const nobody = await client.ask(CLIENT_FRAME.ask, { m: "person.find", a: { name: "nobody" } });
  expect(nobody).toMatchObject({ c: ERRORS.NOT_FOUND.c });
});

/** An owner that creates groups; the numbers in `taken` are somebody else's. */
function creating(taken: Set<string>) {
  const groups = new Map<number, GroupView>();
  const settings = {
    muteAll: false,
    slowMs: 0,
    membersMax: 0,
    policy: "group_account",
    attribution: "admins",
    official: false,
    avatar: 0,
    locked: false,
    dissolveAt: 0,
  } as const;
  const none = { tags: [], intro: "", owner: 1, state: "active", members: 1, at: 1, ...settings } as const;
  bench.owner.onAsk = ({ g }) => {
    const view = groups.get(g);
    if (view === undefined) throw new AppError("NOT_FOUND");
    return view;
  };
  bench.owner.onCommand = ({ g, m, a }: Command): CommandReply => {
    const { name, number, category } = a as { name: string; number: number; category: string };
    if (m === "claim.take" && taken.has(name)) return { err: { code: "ALREADY" } };
    if (m === "group.create") groups.set(g, { g, number, name, category, ...none });
    return { ok: { s: 1, ep: 1, ts: 1 } };
  };
  return groups;
}

test("a group is created under a number that was free, once however often it is repeated", async () => {
  const taken = new Set<string>();
  const groups = creating(taken);
  const client = await bench.person(1);
  const n = nonce();
  const create = { m: "group.create", a: { name: "Chess", category: "sports" }, n };

  const first = await client.ok<GroupView>(CLIENT_FRAME.ask, create);
  taken.add(String(first.number));
  const again = await client.ok<GroupView>(CLIENT_FRAME.ask, create);

  expect(first).toMatchObject({ g: entityIdFor(1, n), name: "Chess" });
  expect(first.number).toBeGreaterThanOrEqual(100_000_000);
  expect(first.number).toBeLessThan(1_000_000_000);
  expect(again).toEqual(first);
  expect(groups.size).toBe(1);
  const steps = ["claim.take", "group.create", "claim.confirm"];
  expect(bench.owner.commands.map(({ m }) => m)).toEqual([...steps, "group.create", "claim.confirm"]);
});

test("a number that is taken makes way for the next, and after eight the client is asked to come back", async () => {
  const taken = new Set<string>();
  creating(taken);
  const client = await bench.person(1);
  const create = (n: Uint8Array) => ({ m: "group.create", a: { name: "Chess", category: "sports" }, n });
  const commit = bench.owner.onCommand;
  let tries = 0;
  bench.owner.onCommand = (command) => {
    if (command.m === "claim.take" && tries++ < 2) taken.add((command.a as { name: string }).name);
    return commit(command);
  };

  const view = await client.ok<GroupView>(CLIENT_FRAME.ask, create(nonce()));
  tries = -1_000;
  bench.owner.onCommand = ({ m }) =>
    m === "claim.take" ? { err: { code: "CONFLICT" } } : { ok: { s: 1, ep: 1, ts: 1 } };
  const refused = await client.ask(CLIENT_FRAME.ask, create(nonce()));

  expect(taken.has(String(view.number))).toBe(false);
  expect(refused).toMatchObject({ c: ERRORS.UNAVAILABLE.c, r: true, ra: expect.any(Number) });
  expect(await client.ask(CLIENT_FRAME.ask, { m: "group.create", a: { name: "x", category: "sports" } })).toMatchObject(
    {
      c: ERRORS.BAD_ARGS.c,
      d: { path: "/n" },
    },
  );
});

test("without beacons commands are refused for a moment", async () => {
  await using quiet = await startBench({ beat: false });
  const g = quiet.group(1);
  const client = await quiet.person(1);
  quiet.owner.beacon();
  await until(() => quiet.gateway.ready());
  expect(await client.answer(client.say(g, "x"))).toMatchObject({ d: { s: 2 } });

  quiet.clock.advance(2_100);
  await until(async () => (await quiet.registry.text()).includes("unverified_partitions 2"));
  const refused = await client.answer(client.say(g, "y"));
  quiet.owner.beacon();
  await until(async () => (await quiet.registry.text()).includes("unverified_partitions 0"));
  const taken = await client.answer(client.say(g, "z"));

  expect(refused).toMatchObject({ c: ERRORS.UNAVAILABLE.c, r: true, ra: 250 });
  expect(taken).toMatchObject({ d: { s: 3 } });
});
