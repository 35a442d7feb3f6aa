import type { Handler } from "@guildhall/entity";
import { makeNonce } from "@guildhall/kernel";
import { type AuditPage, type AuditView, COMMANDS } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { type MemoryEntity, memoryEntity, sha256 } from "@guildhall/testkit/memory-entity";
import { describe, expect, test } from "vitest";
import { ADMIN, ANN, BOB, JUNIOR_ADMIN, MODERATOR, OWNER, PROFILE } from "../../test/group-bench.ts";
import { GROUP_FEATURES } from "../index.ts";
import { REFUSALS_FOR_MS, REFUSALS_MAX } from "./audited.ts";
import { faultOf, NO_HASH } from "./chain.ts";
import { pageAudit } from "./page-audit.ts";
import { ACTS_PER_PART, AUDIT, AUDIT_HEADS, AUDIT_READERS } from "./tables.ts";

const HANDLERS = Object.assign({}, ...GROUP_FEATURES.map(({ commands }) => commands)) as Record<
  string,
  Handler<unknown>
>;

function act(group: MemoryEntity, actor: number, method: string, args: unknown, why = "", ctx: object = {}): void {
  const handler = HANDLERS[method];
  if (handler === undefined) throw new Error(`no ${method}`);
  group.run(handler, args, actor, { why, device: "phone", ...ctx });
}

/** A group of OWNER with ADMIN, who is Junior Admin, and three plain members. */
function openGroup(): MemoryEntity {
  const group = memoryEntity(500);
  act(group, OWNER, "group.create", PROFILE);
  for (const u of [ADMIN, MODERATOR, ANN, BOB]) act(group, u, "member.join", {});
  act(group, OWNER, "role.assign", { u: ADMIN, role: JUNIOR_ADMIN });
  return group;
}

const acts = (group: MemoryEntity): AuditView[] =>
  group
    .all(AUDIT)
    .map((row) => Object.fromEntries(Object.entries(row).filter(([key]) => !["g", "part"].includes(key))) as AuditView);
const page = async (group: MemoryEntity, query: object) =>
  (await group.ask(pageAudit, { g: 500, ...query }, OWNER)) as AuditPage;

function faultIn(chain: readonly AuditView[]): string | undefined {
  let last = { n: 0, hash: NO_HASH };
  for (const one of chain) {
    const fault = faultOf(500, last, one, sha256);
    if (fault !== undefined) return fault;
    last = one;
  }
  return undefined;
}

describe("S29: every act of power leaves one record, in its own commit", () => {
  test("who, under which roles, what, to whom, what it changed, and why", () => {
    const group = openGroup();

    act(group, ADMIN, "member.kick", { u: ANN }, "spam");

    const last = acts(group).at(-1);
    expect(last).toMatchObject({
      n: 3,
      u: ADMIN,
      dev: "phone",
      as: 0,
      owner: false,
      roles: [JUNIOR_ADMIN],
      m: "member.kick",
      on: ANN,
      s: group.events.length,
      at: group.events.at(-1)?.at,
      args: { u: ANN },
      before: { members: { state: "in" } },
      after: { members: { state: "kicked" } },
      why: "spam",
    });
    expect(group.get(AUDIT_HEADS, 500)).toEqual({ g: 500, n: 3, hash: last?.hash });
  });

  test("a role that is changed is shown as it was and as it became, and others are not", () => {
    const group = openGroup();

    act(group, OWNER, "role.edit", { role: JUNIOR_ADMIN, name: "Deputy" });

    expect(acts(group).at(-1)).toMatchObject({
      owner: true,
      before: { group_roles: { [JUNIOR_ADMIN]: { name: "Junior Admin" } } },
      after: { group_roles: { [JUNIOR_ADMIN]: { name: "Deputy" } } },
    });
    expect(Object.keys(acts(group).at(-1)?.after ?? {})).toEqual(["group_roles"]);
  });

  test("a ban that is lifted shows what it was", () => {
    const group = openGroup();
    act(group, OWNER, "member.ban", { u: BOB }, "rude");
    act(group, OWNER, "member.unban", { u: BOB });

    const [ban, unban] = acts(group).slice(-2);
    expect(ban).toMatchObject({ before: { bans: {} }, after: { bans: { until: 0, by: OWNER, why: "rude" } } });
    expect(unban).toMatchObject({ before: { bans: { until: 0, by: OWNER, why: "rude" } }, after: { bans: {} } });
  });

  test("a refusal of somebody without the right is kept, changes nothing and continues the chain", () => {
    const group = openGroup();
    const { length } = acts(group);
    const shown = group.events.length;

    expect(() => act(group, ANN, "member.kick", { u: BOB }, "mine")).toThrow("KICK_MEMBER");
    expect(() => act(group, ADMIN, "role.take", { u: OWNER, role: JUNIOR_ADMIN })).toThrow();
    act(group, ADMIN, "member.kick", { u: BOB });

    expect(acts(group).slice(length)).toMatchObject([
      { m: "member.kick", u: ANN, on: BOB, s: 0, before: {}, after: {}, why: "mine", refused: "FORBIDDEN" },
      { m: "role.take", u: ADMIN, on: OWNER, roles: [JUNIOR_ADMIN], refused: "FORBIDDEN" },
      { m: "member.kick", u: ADMIN, on: BOB, refused: "" },
    ]);
    expect(group.events.length).toBe(shown + 1);
    expect(faultIn(acts(group))).toBeUndefined();
    expect(faultIn(acts(group).map((one) => ({ ...one, refused: "" })))).toMatch(`act ${length + 1} is not`);
  });

  test("the same attempt is kept once, ten of a person in an hour, and ten more in the next", () => {
    const group = openGroup();
    const { length } = acts(group);
    const nonce = makeNonce(group.nowMs);
    const kick = (ctx: object = {}) => {
      expect(() => act(group, ANN, "member.kick", { u: BOB }, "", ctx)).toThrow("KICK_MEMBER");
      return acts(group).length - length;
    };

    expect([kick({ nonce }), kick({ nonce })]).toEqual([1, 1]);
    for (let i = 0; i < REFUSALS_MAX + 2; i++) kick();
    expect(kick()).toBe(REFUSALS_MAX);
    group.nowMs += REFUSALS_FOR_MS + 1_000;
    expect(kick()).toBe(REFUSALS_MAX + 1);
  });

  test("what is refused for another reason leaves none, nor what somebody tries who is not in the group", () => {
    const group = openGroup();
    const before = acts(group);

    expect(() => act(group, ADMIN, "member.kick", { u: 999 })).toThrow();
    expect(() => act(group, 999, "member.kick", { u: BOB })).toThrow();
    expect(acts(group)).toEqual(before);
  });

  test("what everybody does leaves none, nor a nickname of one's own", () => {
    const group = openGroup();
    const before = acts(group);

    act(group, ANN, "msg.send", { k: "text", b: { t: "hi" } });
    act(group, ANN, "member.nick", { nick: "Annie" });
    act(group, BOB, "member.leave", {});
    expect(acts(group)).toEqual(before);

    act(group, ADMIN, "member.nick", { u: ANN, nick: "Ann" });
    expect(acts(group).at(-1)).toMatchObject({ m: "member.nick", on: ANN, before: { members: { nick: "Annie" } } });
  });

  test("every command that needs a bit above Member's, or the owner, is one that leaves a record", () => {
    const plain = ["SEND_MESSAGE", "ADD_REACTION"];
    const ofPower = Object.entries(COMMANDS as Record<string, { bit?: string; ownerOnly?: true; audited?: unknown }>)
      .filter(([, { bit, ownerOnly }]) => ownerOnly === true || (bit !== undefined && !plain.includes(bit)))
      .filter(([, { audited }]) => audited === undefined);

    expect(ofPower).toEqual([]);
  });
});

describe("S29: the chain", () => {
  const mutations: Record<string, (chain: AuditView[]) => AuditView[]> = {
    "an edited reason": (chain) => chain.map((one) => (one.n === 3 ? { ...one, why: "other" } : one)),
    "another actor": (chain) => chain.map((one) => (one.n === 3 ? { ...one, u: BOB } : one)),
    "another value before": (chain) => chain.map((one) => (one.n === 3 ? { ...one, before: {} } : one)),
    "a deleted act": (chain) => chain.filter(({ n }) => n !== 3),
    "a deleted act, the rest renumbered": (chain) =>
      chain.filter(({ n }) => n !== 3).map((one, i) => ({ ...one, n: i + 1 })),
    "an inserted act": (chain) => [...chain.slice(0, 3), { ...(chain[2] as AuditView), n: 4 }, ...chain.slice(3)],
    "two that changed places": ([a, b, c, ...rest]) => [a, c, b, ...rest] as AuditView[],
    "a lost beginning": (chain) => chain.slice(1),
  };

  function chainOfFive(): AuditView[] {
    const group = openGroup();
    act(group, ADMIN, "member.mute", { u: ANN, until: group.nowMs + 1_000 }, "loud");
    act(group, ADMIN, "member.unmute", { u: ANN });
    act(group, OWNER, "group.edit", { intro: "Bye" });
    return acts(group);
  }

  test("what was recorded follows without a fault, also after JSON", () => {
    expect(faultIn(JSON.parse(JSON.stringify(chainOfFive())) as AuditView[])).toBeUndefined();
  });

  test.each(Object.entries(mutations))("%s is found", (_, mutate) => {
    expect(faultIn(mutate(chainOfFive()))).toMatch(/^act \d/);
  });

  test("the same acts in another group are others", () => {
    const [first] = chainOfFive();
    expect(first && faultOf(501, { n: 0, hash: NO_HASH }, first, sha256)).toMatch("act 1");
  });
});

describe("S29: audit.page", () => {
  /** 1,200 acts over three parts of the table, one in a hundred by OWNER. */
  function longGroup(): MemoryEntity {
    const group = openGroup();
    act(group, OWNER, "audit.open", {});
    const more = 2 * ACTS_PER_PART + 176 - acts(group).length;
    for (let i = 0; i < more; i++) {
      act(group, i % 100 === 0 ? OWNER : ADMIN, "group.settings", { slowMs: i % 2 === 0 ? 1_000 : 0 });
    }
    return group;
  }

  test("from the oldest and from the newest, each act once, over all parts", async () => {
    const group = longGroup();
    const total = acts(group).length;
    const [up, down]: number[][] = [[], []];
    for (let [after, more] = [0, true]; more; ) {
      const got = await page(group, { after });
      up?.push(...got.acts.map(({ n }) => n));
      [after, more] = [got.next, got.more];
    }
    for (let [before, more] = [total + 1, true]; more; ) {
      const got = await page(group, { before, lim: 70 });
      down?.push(...got.acts.map(({ n }) => n));
      [before, more] = [got.next, got.more];
    }

    expect(up).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    expect(down?.toReversed()).toEqual(up);
  });

  test("by person, on whom, under which role, by method and time", async () => {
    const group = longGroup();
    act(group, ADMIN, "member.mute", { u: ANN, until: group.nowMs + 1_000_000 });
    const all = acts(group);
    const found = async (query: object) => (await page(group, query)).acts.map(({ n }) => n);
    const wanted = (is: (one: AuditView) => boolean) => all.filter(is).map(({ n }) => n);

    expect(await found({ u: OWNER })).toEqual(wanted(({ u }) => u === OWNER));
    expect(await found({ on: ANN })).toEqual([all.length]);
    expect(await found({ m: "member.mute" })).toEqual([all.length]);
    expect(await found({ role: JUNIOR_ADMIN, lim: 3 })).toEqual(
      wanted(({ roles }) => roles.includes(JUNIOR_ADMIN)).slice(0, 3),
    );
    const [from, to] = [all[9]?.at ?? 0, all[12]?.at ?? 0];
    expect(await found({ from, to })).toEqual([10, 11, 12]);
    expect(await found({ u: BOB })).toEqual([]);
  });

  test("reading begins with an act, which holds for an hour and is recorded once in it", async () => {
    const group = openGroup();
    const { length } = acts(group);
    await expect(page(group, {})).rejects.toMatchObject({ code: "FORBIDDEN", d: { open: "audit.open" } });
    expect(() => act(group, ANN, "audit.open", {})).toThrow("VIEW_AUDIT_LOG");

    act(group, OWNER, "audit.open", {}, "complaint 7");
    act(group, OWNER, "audit.open", {});
    expect((await page(group, { after: length + 1 })).acts).toMatchObject([
      { m: "audit.open", u: OWNER, why: "complaint 7" },
    ]);

    group.nowMs += LIMITS.auditOpenMs + 1_000;
    await expect(page(group, {})).rejects.toMatchObject({ code: "FORBIDDEN" });
    act(group, OWNER, "audit.open", {});
    expect((await page(group, {})).acts).toHaveLength(length + 3);
  });

  test("a group without acts has none, and the two directions do not go together", async () => {
    const group = memoryEntity(500);
    group.put(AUDIT_READERS, { g: 500, u: OWNER, until: group.nowMs + 1 });

    expect(await page(group, {})).toEqual({ acts: [], next: 0, more: false, head: { n: 0, hash: NO_HASH } });
    await expect(page(group, { after: 1, before: 2 })).rejects.toMatchObject({ code: "BAD_ARGS" });
  });
});
