import { expect, test } from "vitest";
import { Reads } from "./reads.ts";
import { Violations } from "./violations.ts";

const S = 1e9;

/** Somebody is answered for seq 1 on c1 at 0 s, and is given an empty page on `conn` that they ask for at `t`. */
function violationsOf(conn: string, t: number): number {
  const violations = new Violations();
  const reads = new Reads(violations);
  const send = { op: "send", id: "a", conn: "c1", user: 1, group: 7, cmid: "a", hash: "h" } as const;
  reads.answered(send, 1, 1, 0);
  const read = { op: "read", id: "r", conn, user: 1, group: 7 } as const;
  reads.asked({ ...read, phase: "invoke", to: 9, t });
  reads.came({ ...read, phase: "ok", epoch: 1, to: 0, more: false, t: t + 1 });
  return violations.count;
}

test("what was answered on a connection is on its next page", () => {
  expect(violationsOf("c1", 1)).toBe(1);
});

test("on another connection it is there when its gateway must have heard of it", () => {
  expect(violationsOf("c2", 2 * S)).toBe(0);
  expect(violationsOf("c2", 3 * S)).toBe(1);
});
