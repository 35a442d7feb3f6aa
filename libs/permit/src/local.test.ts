import { may } from "@guildhall/model";
import type { Question } from "@guildhall/proto";
import { afterEach, expect, test, vi } from "vitest";
import { ANSWER_TIMEOUT_MS } from "./answers.ts";
import { type Decider, localPermit } from "./local.ts";
import { type ContractFacts, permitContract } from "./permit.contract.ts";

const question: Question = { g: 1, u: 2, need: [], auth: 0, minV: 0 };

function deciderOf({ group, members }: ContractFacts): Decider {
  const factsFor = ({ g, u, on }: Question) => ({
    group: g === group.g ? group : null,
    member: members.get(u) ?? null,
    on: on === undefined ? null : (members.get(on) ?? null),
  });
  const check = (asked: Question) =>
    asked.minV > group.v
      ? { ok: false, v: group.v, lo: 0, hi: 0, rank: 0, why: "STALE" as const }
      : may(asked, factsFor(asked), Date.now());
  return { check, explain: async (asked) => ({ answer: check(asked), ...factsFor(asked), because: ["told"] }) };
}

permitContract("local", async (facts) => ({ permit: localPermit(deciderOf(facts)), close: async () => {} }));

afterEach(() => {
  vi.useRealTimers();
});

test("a decider that does not answer in time has said nothing", async () => {
  vi.useFakeTimers();
  const never = new Promise<never>(() => {});
  const permit = localPermit({ check: () => never, explain: () => never });

  const answers = Promise.all([permit.check(question), permit.checkMany([question]), permit.explain(question)]);
  await vi.advanceTimersByTimeAsync(ANSWER_TIMEOUT_MS);

  const unknown = { ok: false, why: "UNKNOWN" };
  expect(await answers).toMatchObject([unknown, [unknown], { answer: unknown }]);
});

test("a decider that fails has said nothing, whether it throws or rejects", async () => {
  const throwing = localPermit({
    check() {
      throw new Error("broken");
    },
    explain: async () => Promise.reject(new Error("broken")),
  });
  const rejecting = localPermit({
    check: async () => Promise.reject(new Error("broken")),
    explain: async () => Promise.reject(new Error("broken")),
  });

  expect(await throwing.check(question)).toMatchObject({ ok: false, why: "UNKNOWN" });
  expect(await rejecting.check(question)).toMatchObject({ ok: false, why: "UNKNOWN" });
  expect(await rejecting.explain(question)).toMatchObject({ answer: { ok: false, why: "UNKNOWN" } });
});
