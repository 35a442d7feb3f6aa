import type { Handler } from "@guildhall/entity";
import type { RecoveryGet } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import type { MemoryEntity } from "@guildhall/testkit/memory-entity";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADMIN,
  ANN,
  BOB,
  CONTENT_MODERATOR,
  MODERATOR,
  OWNER,
  openGroup,
  ROLE_MANAGER,
  STRANGER,
} from "../../test/group-bench.ts";
import { GROUP_FEATURES } from "../index.ts";
import { GROUPS } from "../lifecycle/tables.ts";
import { MEMBERS } from "../membership/tables.ts";
import { getRecovery } from "./get-recovery.ts";

const HANDLERS = Object.assign({}, ...GROUP_FEATURES.map(({ commands }) => commands)) as Record<
  string,
  Handler<unknown>
>;
const GUARDIANS = [ADMIN, MODERATOR, ANN];
const HOUR_MS = 3_600_000;

let group: MemoryEntity;
beforeEach(() => {
  group = openGroup();
});

function act(actor: number, method: string, args: object, ctx: object = {}): number {
  const handler = HANDLERS[method];
  if (handler === undefined) throw new Error(`no ${method}`);
  group.run(handler, args, actor, { why: "lost", ...ctx });
  return group.events.length;
}
const refused = (actor: number, method: string, args: object, code: string, ctx: object = {}) =>
  expect(() => act(actor, method, args, ctx)).toThrow(expect.objectContaining({ code }));
const known = async () => (await group.ask(getRecovery, { g: 500 })) as RecoveryGet;
const owner = () => group.get(GROUPS, 500)?.owner;
const name = () => act(OWNER, "guardian.set", { u: GUARDIANS, need: 2 });

/** A case for BOB with enough approvals; where it stands. */
function approved(): number {
  name();
  const s = act(ADMIN, "recovery.open", { to: BOB });
  act(ANN, "recovery.approve", { s });
  return s;
}

describe("guardian.set", () => {
  test("the first hold at once, later ones after 72 hours, also where there are to be none", async () => {
    name();
    expect(await known()).toEqual({ guardians: { u: GUARDIANS, need: 2 }, next: null, open: null });

    act(OWNER, "guardian.set", { u: [], need: 2 });
    const at = group.nowMs + LIMITS.recoveryDelayMs;
    expect(await known()).toMatchObject({ guardians: { u: GUARDIANS }, next: { u: [], need: 0 } });
    expect(group.events.at(-1)?.mn).toEqual(GUARDIANS);
    group.nowMs = at + HOUR_MS;
    expect(await known()).toEqual({ guardians: { u: [], need: 0 }, next: null, open: null });
  });

  test.each<[string, number, object, string]>([
    ["two", OWNER, { u: [ADMIN, ANN], need: 2 }, "BAD_ARGS"],
    ["more needed than there are", OWNER, { u: GUARDIANS, need: 4 }, "BAD_ARGS"],
    ["the owner", OWNER, { u: [ADMIN, ANN, OWNER], need: 2 }, "BAD_ARGS"],
    ["no member", OWNER, { u: [ADMIN, ANN, STRANGER], need: 2 }, "NOT_FOUND"],
    ["by an admin", ADMIN, { u: GUARDIANS, need: 2 }, "FORBIDDEN"],
  ])("%s is refused", (_, actor, args, code) => {
    refused(actor, "guardian.set", args, code);
  });

  test("a sign-in by password that is old is not enough", () => {
    refused(OWNER, "guardian.set", { u: GUARDIANS, need: 2 }, "STEP_UP_REQUIRED", { authMs: 1 });
  });
});

describe("a recovery", () => {
  test("several approve, 72 hours pass, and the group has another owner", async () => {
    const s = approved();
    const due = (await known()).open?.due ?? 0;
    expect(due).toBe((group.events.at(-1)?.at ?? 0) + LIMITS.recoveryDelayMs);
    expect(group.events.at(-1)).toMatchObject({ mn: [OWNER, ...GUARDIANS], b: { s, due } });

    group.nowMs = due - HOUR_MS;
    refused(ANN, "recovery.finish", { s, to: BOB }, "PENDING_APPROVAL");
    group.nowMs = due;
    refused(ANN, "recovery.finish", { s, to: MODERATOR }, "NOT_FOUND");
    act(ANN, "recovery.finish", { s, to: BOB });

    expect(owner()).toBe(BOB);
    expect(group.get(MEMBERS, 500, OWNER)).toMatchObject({ state: "in", roles: [] });
    expect(group.pv).toBe(group.events.length);
    expect((await known()).open).toBeNull();
    refused(OWNER, "group.edit", { name: "Mine" }, "FORBIDDEN");
    act(BOB, "group.edit", { name: "Ours" });
  });

  test("one alone is not enough, however long it takes, and what is not finished lapses", async () => {
    name();
    const s = act(ADMIN, "recovery.open", { to: ADMIN });
    refused(ADMIN, "recovery.approve", { s }, "ALREADY");
    group.nowMs += LIMITS.recoveryDelayMs * 2;
    refused(ADMIN, "recovery.finish", { s, to: ADMIN }, "PENDING_APPROVAL");

    group.nowMs += LIMITS.recoveryOpenMs;
    refused(ANN, "recovery.approve", { s }, "NOT_FOUND");
    expect((await known()).open).toBeNull();
    expect(act(ANN, "recovery.open", { to: BOB })).toBeGreaterThan(s);
  });

  test("the owner vetoes from before, not with a sign-in since; whoever opened it takes it back", () => {
    const s = approved();
    refused(OWNER, "recovery.veto", { s }, "FORBIDDEN");
    refused(MODERATOR, "recovery.veto", { s }, "FORBIDDEN");

    const before = { authMs: (group.events[s - 1]?.at ?? 0) - 1 };
    act(OWNER, "recovery.veto", { s }, before);
    refused(ANN, "recovery.finish", { s, to: BOB }, "NOT_FOUND");

    const again = act(ADMIN, "recovery.open", { to: BOB });
    act(ADMIN, "recovery.veto", { s: again });
    refused(OWNER, "recovery.veto", { s: again }, "NOT_FOUND", before);
    expect(owner()).toBe(OWNER);
  });

  test("while it is open nobody takes the group away from it, and guardians stay", () => {
    const s = approved();

    refused(OWNER, "group.transfer", { to: BOB }, "PENDING_APPROVAL");
    refused(OWNER, "group.dissolve", {}, "PENDING_APPROVAL");
    refused(OWNER, "dissolution.announce", {}, "PENDING_APPROVAL");
    refused(OWNER, "guardian.set", { u: [], need: 2 }, "PENDING_APPROVAL");
    refused(OWNER, "member.kick", { u: ANN }, "FORBIDDEN");
    refused(OWNER, "member.ban", { u: ANN }, "FORBIDDEN");
    refused(MODERATOR, "recovery.open", { to: ANN }, "PENDING_APPROVAL");
    act(OWNER, "member.kick", { u: BOB });
    group.nowMs += LIMITS.recoveryDelayMs + HOUR_MS;
    refused(ANN, "recovery.finish", { s, to: BOB }, "NOT_FOUND");
  });

  test("after it what is dangerous needs a sign-in since then, of the new owner and of everybody; the rest needs none", () => {
    const s = approved();
    act(OWNER, "role.assign", { u: ANN, role: ROLE_MANAGER });
    group.nowMs += LIMITS.recoveryDelayMs + HOUR_MS;
    act(MODERATOR, "recovery.finish", { s, to: BOB });
    const { at = 0 } = group.events.at(-1) ?? {};
    const before = { authMs: at - 1 };
    const since = { authMs: at };

    refused(BOB, "guardian.set", { u: GUARDIANS, need: 2 }, "STEP_UP_REQUIRED", before);
    refused(ANN, "role.assign", { u: OWNER, role: CONTENT_MODERATOR }, "STEP_UP_REQUIRED", before);
    act(ADMIN, "member.kick", { u: OWNER }, before);
    act(ANN, "role.take", { u: MODERATOR, role: CONTENT_MODERATOR }, since);
    act(BOB, "role.assign", { u: ANN, role: CONTENT_MODERATOR }, since);
  });

  test("guardians who were to be replaced decide the case that they opened before", () => {
    name();
    act(OWNER, "guardian.set", { u: [], need: 2 });
    group.nowMs += LIMITS.recoveryDelayMs - HOUR_MS;
    const s = act(ADMIN, "recovery.open", { to: BOB });
    act(ANN, "recovery.approve", { s });
    group.nowMs += LIMITS.recoveryDelayMs + HOUR_MS;
    refused(OWNER, "member.kick", { u: MODERATOR }, "FORBIDDEN");

    act(MODERATOR, "recovery.finish", { s, to: BOB });
    expect(owner()).toBe(BOB);
  });

  test.each<[string, number, object, object, string]>([
    ["somebody who is no guardian", BOB, { to: BOB }, {}, "FORBIDDEN"],
    ["the owner", OWNER, { to: BOB }, {}, "FORBIDDEN"],
    ["a guardian without a reason", ADMIN, { to: BOB }, { why: "" }, "BAD_ARGS"],
    ["a guardian for the owner", ADMIN, { to: OWNER }, {}, "ALREADY"],
    ["a guardian for a stranger", ADMIN, { to: STRANGER }, {}, "NOT_FOUND"],
    ["a stranger", STRANGER, { to: STRANGER }, {}, "NOT_MEMBER"],
  ])("%s opens none", (_, actor, args, ctx, code) => {
    name();
    refused(actor, "recovery.open", args, code, ctx);
  });
});
