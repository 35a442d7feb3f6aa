import { leaseContract } from "./lease.contract.ts";
import { MemoryLeases } from "./memory.ts";

leaseContract("memory", async () => {
  let nowMs = 0;
  const table = new MemoryLeases({ nowMs: () => nowMs, monotonicMs: () => nowMs });
  return {
    ann: table.as("ann"),
    ben: table.as("ben"),
    silenceMs: async (ms) => {
      nowMs += ms;
    },
  };
});
