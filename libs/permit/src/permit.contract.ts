import type { GroupFacts, MemberFacts, Question } from "@guildhall/proto";
import type { Bit } from "@guildhall/proto/tables";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CHECKS_MAX, type Permit } from "./permit.ts";

/** A group as the decider behind the permit has to know it; whoever is not in `members` is none. */
export type ContractFacts = { readonly group: GroupFacts; readonly members: ReadonlyMap<number, MemberFacts> };

const OWNER = 101;
const MODERATOR = 102;
const MEMBER = 103;
const MUTED = 104;
const STRANGER = 105;
const VERSION = 12;
const MUTE_UNTIL = 4_102_444_800_000;

const VIEW_AND_SEND = 0b1011;
const DELETE_AND_MUTE = 2 ** 18 + 2 ** 31;
const ASSIGN_ROLE_HI = 0b10;

function contractFacts(g: number): ContractFacts {
  return {
    group: {
      g,
      v: VERSION,
      owner: OWNER,
      state: "active",
      muteAll: false,
      roles: [
        { id: 1, name: "Member", rank: 100, lo: VIEW_AND_SEND, hi: 0 },
        { id: 4, name: "Content Moderator", rank: 500, lo: DELETE_AND_MUTE, hi: ASSIGN_ROLE_HI },
      ],
    },
    members: new Map([
      [OWNER, { roles: [], mute: 0 }],
      [MODERATOR, { roles: [4], mute: 0 }],
      [MEMBER, { roles: [], mute: 0 }],
      [MUTED, { roles: [], mute: MUTE_UNTIL }],
    ]),
  };
}

/**
 * What every Permit must do. `open` makes a decider that knows the group, and a permit that asks it; the
 * permit's disposal, or `close`, ends whatever was opened.
 */
export function permitContract(
  name: string,
  open: (facts: ContractFacts) => Promise<{ readonly permit: Permit; close(): Promise<void> }>,
): void {
  describe(`permit: ${name}`, () => {
    const g = 1 + Math.floor(Math.random() * 2 ** 40);
    let permit: Permit;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ permit, close } = await open(contractFacts(g)));
    });
    afterEach(async () => {
      await permit[Symbol.asyncDispose]();
      await close();
    });

    const ask = (u: number, need: readonly Bit[], more: Partial<Question> = {}): Question => ({
      g,
      u,
      need,
      auth: Date.now(),
      minV: 0,
      ...more,
    });

    test("allows what the actor's roles give, and says what they give and at which version", async () => {
      expect(await permit.check(ask(MEMBER, ["SEND_MESSAGE"]))).toEqual({
        ok: true,
        v: VERSION,
        lo: VIEW_AND_SEND,
        hi: 0,
        rank: 100,
      });
    });

    test("allows the owner everything", async () => {
      const question = ask(OWNER, ["ASSIGN_ROLE"], { on: MODERATOR, ownerOnly: true, dangerous: true });

      expect(await permit.check(question)).toMatchObject({ ok: true, rank: 1000 });
    });

    test.each<[string, number, readonly Bit[], Partial<Question>, object]>([
      [
        "a missing bit by its name",
        MEMBER,
        ["VIEW_GROUP", "KICK_MEMBER"],
        {},
        { why: "BIT", bit: "KICK_MEMBER", rank: 100 },
      ],
      ["a stranger", STRANGER, ["VIEW_GROUP"], {}, { why: "NOT_MEMBER", lo: 0 }],
      ["one who is muted, with the end", MUTED, ["SEND_MESSAGE"], {}, { why: "MUTED", until: MUTE_UNTIL }],
      ["acting on an equal", MODERATOR, ["MUTE_MEMBER"], { on: MODERATOR }, { why: "RANK" }],
      ["acting on the owner", MODERATOR, ["MUTE_MEMBER"], { on: OWNER }, { why: "RANK" }],
      ["what is the owner's", MODERATOR, [], { ownerOnly: true }, { why: "OWNER" }],
      [
        "a dangerous bit after an old sign-in",
        MODERATOR,
        ["ASSIGN_ROLE"],
        { auth: 0 },
        { why: "STEP_UP", bit: "ASSIGN_ROLE" },
      ],
      ["a dangerous act after an old sign-in", OWNER, [], { auth: 0, dangerous: true }, { why: "STEP_UP" }],
    ])("refuses %s", async (_, u, need, more, expected) => {
      expect(await permit.check(ask(u, need, more))).toMatchObject({ ok: false, ...expected });
    });

    test("refuses in a group that is not there", async () => {
      expect(await permit.check({ ...ask(MEMBER, ["VIEW_GROUP"]), g: g + 1 })).toMatchObject({
        ok: false,
        why: "NO_GROUP",
      });
    });

    test("does not answer from facts older than asked for", async () => {
      expect(await permit.check(ask(MEMBER, ["VIEW_GROUP"], { minV: VERSION }))).toMatchObject({ ok: true });
      expect(await permit.check(ask(OWNER, ["VIEW_GROUP"], { minV: VERSION + 1 }))).toMatchObject({
        ok: false,
        why: "STALE",
      });
    });

    test("answers many in the order of the questions", async () => {
      const people = [MEMBER, STRANGER, MUTED, MODERATOR];
      const questions = Array.from({ length: CHECKS_MAX }, (_, i) => ask(people[i % 4] ?? 0, ["SEND_MESSAGE"]));

      const answers = await permit.checkMany(questions);

      const whys = [undefined, "NOT_MEMBER", "MUTED", undefined];
      expect(answers.map((answer) => answer.why)).toEqual(questions.map((_, i) => whys[i % 4]));
    });

    test("answers none of none", async () => {
      expect(await permit.checkMany([])).toEqual([]);
    });

    test("refuses more than CHECKS_MAX at once", async () => {
      const questions = Array.from({ length: CHECKS_MAX + 1 }, () => ask(MEMBER, []));

      await expect(permit.checkMany(questions)).rejects.toMatchObject({ code: "BAD_ARGS" });
    });

    test("gives each of many at a time its own answer", async () => {
      const bits: readonly Bit[] = ["SEND_MESSAGE", "KICK_MEMBER", "PIN_MESSAGE", "BAN_MEMBER"];
      const asked = Array.from({ length: 500 }, (_, i) => bits[i % bits.length] ?? "VIEW_GROUP");

      const answers = await Promise.all(asked.map(async (bit) => permit.check(ask(MEMBER, [bit]))));

      expect(answers.map((answer) => answer.bit)).toEqual(
        asked.map((bit) => (bit === "SEND_MESSAGE" ? undefined : bit)),
      );
    });

    test("explains with the answer, the facts and lines for people", async () => {
      const explanation = await permit.explain(ask(MODERATOR, ["KICK_MEMBER"], { on: MEMBER }));

      expect(explanation).toMatchObject({
        answer: { ok: false, why: "BIT", bit: "KICK_MEMBER", rank: 500 },
        group: contractFacts(g).group,
        member: { roles: [4], mute: 0 },
        on: { roles: [], mute: 0 },
      });
      expect(explanation.because.length).toBeGreaterThan(0);
      expect(await permit.explain(ask(STRANGER, []))).toMatchObject({ member: null, on: null });
    });

    test("after disposal everything is unknown, and nothing rejects", async () => {
      await permit[Symbol.asyncDispose]();

      const question = ask(OWNER, []);
      expect(await permit.check(question)).toMatchObject({ ok: false, why: "UNKNOWN" });
      expect(await permit.checkMany([question])).toMatchObject([{ ok: false, why: "UNKNOWN" }]);
      expect(await permit.explain(question)).toMatchObject({ answer: { ok: false, why: "UNKNOWN" }, group: null });
    });
  });
}
