import type { Answer, Refusal } from "@guildhall/proto";
import { ERRORS } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import { refusalToError } from "./refusal.ts";

const refused = (why: Refusal, more: Partial<Answer> = {}): Answer => ({
  ok: false,
  v: 1,
  lo: 0,
  hi: 0,
  rank: 0,
  why,
  ...more,
});

test.each<[Answer, string, unknown]>([
  [refused("NO_GROUP"), "NOT_FOUND", undefined],
  [refused("NOT_MEMBER"), "NOT_MEMBER", undefined],
  [refused("BANNED"), "BANNED", undefined],
  [refused("MUTED", { until: 7 }), "MUTED", { until: 7 }],
  [refused("MUTED"), "MUTED", { until: 0 }],
  [refused("BIT", { bit: "KICK_MEMBER" }), "FORBIDDEN", { bit: "KICK_MEMBER" }],
  [refused("OWNER"), "FORBIDDEN", { owner: true }],
  [refused("RANK"), "RANK", undefined],
  [refused("FROZEN"), "FROZEN", undefined],
  [refused("STEP_UP", { bit: "BAN_MEMBER" }), "STEP_UP_REQUIRED", { methods: ["password"] }],
])("%j becomes %s", (answer, code, d) => {
  expect(refusalToError(answer)).toMatchObject({ code, d });
});

test.each<Refusal>(["STALE", "UNKNOWN"])("%s is worth a retry after 100 ms", (why) => {
  const error = refusalToError(refused(why));

  expect(error).toMatchObject({ code: "PERM_STALE", retryAfterMs: 100 });
  expect(ERRORS[error.code].retry).toBe(true);
});

test("an answer without a reason is no yes either", () => {
  expect(refusalToError({ ok: false, v: 1, lo: 0, hi: 0, rank: 0 }).code).toBe("PERM_STALE");
});
