export { hashOf } from "./content-hash.ts";
export type { FaultSeen } from "./faults.ts";
export * from "./record.ts";
export * from "./recorder.ts";
export { type HistoryVerdict, verifyHistory } from "./verify.ts";
export { INVARIANTS, type Invariant, type Violation } from "./violations.ts";
