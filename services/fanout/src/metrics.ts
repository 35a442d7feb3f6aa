import type { ErrorCode } from "@guildhall/proto/tables";
import { metricsFor, type Registry } from "@guildhall/telemetry";

export type FanoutMetrics = ReturnType<typeof fanoutMetrics>;

/** Plain numbers of the partitions, read when scraped. */
export type FanoutNumbers = {
  readonly position: () => number;
  readonly stored: () => number;
  readonly backlogBytes: () => number;
  readonly backlogGoneBytes: () => number;
  readonly storeLagSeconds: () => number;
  readonly journalBytes: () => number;
  readonly entities: () => number;
  readonly owned: () => number;
};

/** Everything the fanout measures. Hot counts are plain numbers that are read at the scrape. */
export function fanoutMetrics(registry: Registry, numbers: FanoutNumbers) {
  const metric = metricsFor("fanout", registry);
  const commands = metric.latency("command_seconds", "Command, from arrival at the owner to its durable outcome", [
    "outcome",
  ]);
  let records = 0;
  let entries = 0;
  let recordBytes = 0;
  metric.counterFrom("records_total", "Records appended to the journal and acknowledged", () => records);
  metric.counterFrom("entries_total", "Entries in acknowledged records", () => entries);
  metric.counterFrom("record_bytes_total", "Bytes of acknowledged records, before encoding", () => recordBytes);
  metric.gaugeFrom("partitions_owned", "Partitions owned now", numbers.owned);
  metric.gaugeFrom("journal_position", "Newest acknowledged positions, summed over partitions", numbers.position);
  metric.gaugeFrom("stored_position", "Positions the store has, summed over partitions", numbers.stored);
  metric.gaugeFrom("backlog_bytes", "Records that wait for the store", numbers.backlogBytes);
  metric.gaugeFrom("backlog_gone_bytes", "Of those, what the journal alone has", numbers.backlogGoneBytes);
  let reread = 0;
  metric.counterFrom("records_reread_total", "Records read from the journal again to be stored", () => reread);
  metric.gaugeFrom(
    "store_lag_seconds",
    "Age of the oldest entry that the store does not have yet, of the partition that is furthest behind",
    numbers.storeLagSeconds,
  );
  metric.gaugeFrom("journal_bytes", "Bytes the journal keeps", numbers.journalBytes);
  metric.gaugeFrom("entities", "Entities in memory", numbers.entities);
  let repeats = 0;
  metric.counterFrom(
    "commands_repeated_total",
    "Commands answered with the result of the first of their nonce",
    () => repeats,
  );
  return {
    takeovers: metric.counter("takeovers_total", "Partitions taken over: new terms, and terms that go on"),
    handOvers: metric.counter("hand_overs_total", "Partitions given up on purpose"),
    leasesLost: metric.counter(
      "leases_lost_total",
      "Partitions whose lease somebody else had when it was to be renewed",
    ),
    leaseFailures: metric.counter("lease_failures_total", "Questions to the leases without an answer"),
    parked: metric.counter("relay_parked_total", "Consequences for other entities that were refused for good"),
    record(count: number, bytes: number): void {
      records++;
      entries += count;
      recordBytes += bytes;
    },
    repeated(): void {
      repeats++;
    },
    reread(count: number): void {
      reread += count;
    },
    commandDone(outcome: ErrorCode | "OK", seconds: number): void {
      commands.observe(seconds, outcome);
    },
  };
}
