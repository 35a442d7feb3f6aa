import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleStandalone } from "../../processes/bundle.ts";
import { type Standalone, startStandalone } from "../../processes/standalone.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { cutJournal } from "./cut-journal.ts";
import { damagedRecord, lastRecordDamaged } from "./damaged.ts";
import { fullDisk } from "./full-disk.ts";
import { fullJournal } from "./full-journal.ts";
import { otherFolder, unknownFormat, wrongPartitions } from "./refused-starts.ts";
import type { Checked, Room } from "./room.ts";
import { takenFolder, takenPort } from "./second-start.ts";

type Check = (room: Room) => Promise<Checked>;

/** The data folder and the ports: one process at a time, no unknown data, nothing damaged taken for whole. */
export const FOLDER: FaultScenario = {
  name: "folder",
  about:
    "second starts, unknown formats, flipped bits, a full journal, a full disk: refused with one sentence, nothing lost",
  maxS: { quick: 120, full: 900 },
  run: checkAll,
};

const CHECKS: Readonly<Record<string, Check>> = {
  "a second start on the folder": takenFolder,
  "a second start on the WebSocket port": (room) => takenPort(room, "GATEWAY_PORT"),
  "a second start on the HTTP port": (room) => takenPort(room, "API_PORT"),
  "an unknown format": unknownFormat,
  "another number of partitions": wrongPartitions,
  "a folder without its format": otherFolder,
  "a flipped bit in the last record": lastRecordDamaged,
  "a flipped bit in a record that is read again": damagedRecord,
  "a full journal": fullJournal,
  "a full disk": fullDisk,
};
/** Takes more than a minute. */
const LONG_CHECKS: Readonly<Record<string, Check>> = { "a journal that is cut": cutJournal };
const ROUNDS: Readonly<Record<Size, number>> = { quick: 1, full: 2 };

async function checkAll(size: Size, { env, say, closers }: Surroundings): Promise<FaultResult> {
  const bundle = await bundleStandalone();
  const root = await mkdtemp(join(tmpdir(), "guildhall-folder-"));
  closers.defer(() => rm(root, { recursive: true, force: true }));
  const start = (data: string, settings = {}): Promise<Standalone> =>
    startStandalone({ bundle, data, env, settings: { PARTITIONS: "2", GATEWAY_DRAIN_MS: "0", ...settings } });
  const violations: string[] = [];
  const notes: string[] = [];
  const checks = size === "full" ? { ...CHECKS, ...LONG_CHECKS } : CHECKS;
  let acknowledged = 0;
  let runs = 0;
  for (let round = 1; round <= ROUNDS[size]; round++) {
    for (const [name, check] of Object.entries(checks)) {
      const result: Checked = await check({ data: join(root, `data-${++runs}`), start }).catch((error: unknown) => ({
        acknowledged: 0,
        violations: [error instanceof Error ? error.message : String(error)],
      }));
      acknowledged += result.acknowledged;
      if (result.skipped !== undefined) notes.push(`${name}: skipped, ${result.skipped}`);
      for (const text of result.violations) say(`VIOLATION ${name}: ${text}`);
      violations.push(...result.violations.map((text) => `${name}: ${text}`));
    }
  }
  return { runs, voidRuns: 0, faultsInFlight: runs, acknowledged, unknown: 0, violations, notes };
}
