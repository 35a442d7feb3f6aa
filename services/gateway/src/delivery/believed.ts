import { seeded } from "@guildhall/kernel/seeded";
import type { Permit } from "@guildhall/permit";
import type { Answer } from "@guildhall/proto";

/** How long an answer would be believed. */
const BELIEVED_MS = 2_000;

type Kept = { readonly answer: Answer; readonly untilMs: number };

/** Of each gateway, the answers of its newest moments; empty but where the fault is built in. */
const kept = new WeakMap<Permit, Map<string, Kept>>();

/** The answer that is believed without asking again: none, unless `rule-12-ask-each-time` is built in. */
export function believed(permit: Permit, question: string): Answer | undefined {
  if (!seeded("rule-12-ask-each-time")) return undefined;
  const one = kept.get(permit)?.get(question);
  return one !== undefined && performance.now() < one.untilMs ? one.answer : undefined;
}

/** Keeps an answer that was true when it was used. */
export function believe(permit: Permit, question: string, answer: Answer): void {
  if (!seeded("rule-12-ask-each-time")) return;
  const all = kept.get(permit) ?? new Map<string, Kept>();
  kept.set(permit, all);
  all.set(question, { answer, untilMs: performance.now() + BELIEVED_MS });
}
