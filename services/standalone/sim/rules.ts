import type { Seeded } from "@guildhall/kernel/seeded";
import { runSeeds } from "./seeds.ts";

/** The rules of DESIGN 3.1 that can be switched off; see README.md. */
export const RULES = [
  "rule-1-append-once",
  "rule-1-fence",
  "rule-2-dead-terms",
  "rule-3-answer-after-ack",
  "rule-3-events-after-ack",
  "rule-4-lower-terms",
  "rule-4-verify-again",
  "rule-5-decide-at-commit",
  "rule-6-record-timestamps",
  "rule-7-checkpoint-prefix",
  "rule-7-reread-whole",
  "rule-8-nonce-lookup",
  "rule-8-leads",
  "rule-8-handed",
  "rule-8-any-connection",
  "rule-9-deadline",
  "rule-9-refusals",
  "rule-10-keep-unstored",
  "rule-11-rev",
  "rule-12-lay-over",
  "rule-12-right-in-turn",
  "rule-12-ask-each-time",
  "rule-13-keep-before-open",
  "rule-14-beacon-jump",
  "rule-14-no-hole",
  "rule-15-removal-in-order",
  "rule-16-guarded",
  "allow-unanswered",
] as const satisfies readonly Seeded[];

/** What can be switched off too, and shows in too few seeds to be looked for each time. */
export const RARE_RULES = ["rule-9-terms", "rule-16-reconcile"] as const satisfies readonly Seeded[];

/** `seed`: the first that fails without the rule; undefined where none does. */
export type RuleFound = {
  readonly rule: string;
  readonly seed: number | undefined;
  readonly seeds: number;
  readonly how: string;
};

/** Switches off each rule in turn, until a seed fails. */
export async function runRules(seedsMax: number, say: (line: string) => void): Promise<readonly RuleFound[]> {
  const found: RuleFound[] = [];
  for (const rule of RULES) {
    const { violations, failed, runs } = await runSeeds({ from: 1, count: seedsMax, without: rule, first: true });
    const seed = failed === 0 ? undefined : runs;
    const how = violations[0]?.replace(/; again.*/, "") ?? "";
    found.push({ rule, seed, seeds: runs, how });
    say(`${rule.padEnd(28)} ${seed === undefined ? `NOT FOUND in ${runs} seeds` : how}`);
  }
  return found;
}
