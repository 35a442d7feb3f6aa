import { Commands } from "./commands.ts";
import { Connections } from "./connections.ts";
import { counterExamples } from "./counter-example.ts";
import { type FaultSeen, Faults } from "./faults.ts";
import { Lanes } from "./lanes.ts";
import { Liveness } from "./liveness.ts";
import { Memberships } from "./memberships.ts";
import { readHistories } from "./read-histories.ts";
import { Reads } from "./reads.ts";
import type {
  Attempt,
  AttemptEnd,
  AttemptInvoke,
  FaultChange,
  Heal,
  HistoryRecord,
  ReadFail,
  ReadInvoke,
  ReadOk,
  ResumeInvoke,
  ResumeOk,
  Sample,
  Settled,
} from "./record.ts";
import { type Invariant, type Violation, Violations } from "./violations.ts";

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
  /** How often each promise was put to the test; one with 0 proves nothing of it. */
  readonly tested: Readonly<Record<Invariant, number>>;
  /** The first of them; `violationCount` says how many there are. */
  readonly violations: readonly Violation[];
  readonly violationCount: number;
  /** For people: of the first violations, what happened around them. */
  readonly counterExamples: readonly string[];
};

/**
 * Holds the histories of one run against I1 to I17. The files are streamed; held in memory is a little of every
 * command, of every place, and of when each person saw it. O(n log n).
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
    tested: violations.tested,
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
  readonly memberships = new Memberships(this.violations, this.lanes, this.commands);
  readonly reads = new Reads(this.violations);
  readonly liveness = new Liveness(this.violations, this.connections);
  observations = 0;
  #lastNs = 0;

  take(record: HistoryRecord): void {
    this.#lastNs = record.t;
    switch (record.op) {
      case "send":
      case "cmd":
        return this.#attempt(record);
      case "recv":
        return this.#recv(record);
      case "resume":
        return this.#resume(record);
      case "reset":
        return this.connections.reset(record);
      case "page":
        return this.lanes.page(record);
      case "read":
        return this.#read(record);
      case "close":
        return this.connections.closed(record);
      case "final":
        return this.lanes.finished(record);
      default:
        return this.#aroundIt(record);
    }
  }

  end(): void {
    this.lanes.end();
    this.commands.end();
    this.memberships.end();
    this.liveness.end(this.#lastNs, this.lanes, this.memberships);
  }

  #attempt(record: { readonly t: number } & Attempt & (AttemptInvoke | AttemptEnd)): void {
    if (record.phase === "invoke") return this.faults.begins(this.commands.invoke(record));
    this.commands.ended(record);
    if (record.phase !== "ok") return;
    this.reads.answered(record, record.epoch, record.seq, record.t);
    if (record.op === "send") this.liveness.answered(record.group, record.t);
  }

  /** What happens to the system, and what it is measured by. */
  #aroundIt(record: { readonly t: number } & (FaultChange | Heal | Settled | Sample)): void {
    switch (record.op) {
      case "fault_on":
        this.liveness.on(record);
        return this.faults.on(record.fault, record.t, this.commands.open.values());
      case "fault_off":
        this.liveness.off(record);
        return this.faults.off(record.fault, record.t);
      case "heal":
        return this.liveness.heals(record);
      case "settled":
        return this.liveness.settled();
      case "sample":
        return this.#sample(record);
    }
  }

  #resume(record: { readonly t: number } & (ResumeInvoke | ResumeOk)): void {
    if (record.phase === "ok") return this.connections.began(record);
    this.memberships.asked(record);
    this.connections.begins(record);
  }

  #read(record: { readonly t: number } & (ReadInvoke | ReadOk | ReadFail)): void {
    if (record.phase === "ok") return this.reads.came(record);
    if (record.phase === "fail") return this.reads.refused(record);
    this.memberships.asked(record);
    this.reads.asked(record);
  }

  #sample({ of, what, bytes, maxBytes, t }: { readonly t: number } & Sample): void {
    this.violations.test("I16");
    if (bytes > maxBytes) this.violations.add("I16", 0, `${what} of ${of} is ${bytes} bytes, over ${maxBytes}`, t);
  }

  #recv(record: Extract<HistoryRecord, { op: "recv" }>): void {
    this.observations++;
    this.lanes.seen(record);
    this.connections.sent(record);
    this.memberships.seen(record);
    // A rewritten row no longer has the content that was sent.
    if ((record.rev ?? 0) === 0) this.commands.seen(record);
  }
}
