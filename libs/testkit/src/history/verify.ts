import { CONTENT_KINDS } from "@guildhall/proto";
import { Commands } from "./commands.ts";
import { Connections } from "./connections.ts";
import { counterExamples } from "./counter-example.ts";
import { type FaultSeen, Faults } from "./faults.ts";
import { Lanes } from "./lanes.ts";
import { readHistories } from "./read-histories.ts";
import type { Attempt, AttemptEnd, AttemptInvoke, HistoryRecord } from "./record.ts";
import { type Violation, Violations } from "./violations.ts";

/** What a history proves. */
export type HistoryVerdict = {
  /** No fault met an attempt in flight: whatever the rest says, nothing was proved. */
  readonly void: boolean;
  readonly faults: readonly FaultSeen[];
  readonly commands: number;
  /** Attempts answered `ok`, and those whose outcome nobody can know. */
  readonly acknowledged: number;
  readonly unknown: number;
  /** Answers that name the first result of a repeat, and refusals of another content under a known nonce. */
  readonly repeats: number;
  readonly conflicts: number;
  /** Events that connections were sent or read. */
  readonly observations: number;
  /** The first of them; `violationCount` says how many there are. */
  readonly violations: readonly Violation[];
  readonly violationCount: number;
  /** For people: of the first violations, what happened around them. */
  readonly counterExamples: readonly string[];
};

/**
 * Holds the histories of one run against I1 to I9. The files are streamed; held in memory is a little of every
 * command and every place. O(n log n).
 *
 * @throws Error for a file that is no history.
 */
export async function verifyHistory(paths: readonly string[]): Promise<HistoryVerdict> {
  const run = new Run();
  for await (const record of readHistories(paths)) run.take(record);
  run.end();
  const { violations, faults, commands } = run;
  return {
    void: !faults.all.some(({ met }) => met > 0),
    faults: faults.all,
    commands: commands.count,
    acknowledged: commands.acknowledged,
    unknown: commands.unknown,
    repeats: commands.repeats,
    conflicts: commands.conflicts,
    observations: run.observations,
    violations: violations.kept,
    violationCount: violations.count,
    counterExamples: await counterExamples(paths, violations.kept, faults.all),
  };
}

/** One pass over a run. */
class Run {
  readonly violations = new Violations();
  readonly faults = new Faults();
  readonly lanes = new Lanes(this.violations);
  readonly commands = new Commands(this.violations, this.lanes);
  readonly connections = new Connections(this.violations);
  observations = 0;

  take(record: HistoryRecord): void {
    switch (record.op) {
      case "send":
        return this.#send(record);
      case "recv":
        return this.#recv(record);
      case "resume":
        return record.phase === "invoke" ? this.connections.begins(record) : this.connections.began(record);
      case "reset":
        return this.connections.reset(record);
      case "page":
        return this.lanes.page(record);
      case "final":
        return this.lanes.finished(record);
      case "fault_on":
        return this.faults.on(record.fault, record.t, this.commands.open.values());
      case "fault_off":
        return this.faults.off(record.fault, record.t);
      case "close":
        return;
    }
  }

  end(): void {
    this.lanes.end();
    this.commands.end();
  }

  #send(record: { readonly t: number } & Attempt & (AttemptInvoke | AttemptEnd)): void {
    if (record.phase === "invoke") this.faults.begins(this.commands.invoke(record));
    else this.commands.ended(record);
  }

  #recv(record: Extract<HistoryRecord, { op: "recv" }>): void {
    this.observations++;
    this.lanes.seen(record);
    this.connections.sent(record);
    // A rewritten row no longer has the content that was sent.
    if (Object.hasOwn(CONTENT_KINDS, record.kind) && (record.rev ?? 0) === 0) this.commands.seen(record);
  }
}
