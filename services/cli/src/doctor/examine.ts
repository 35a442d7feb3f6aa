import { clusterConfig, type Settings, secretsOf } from "../installation/settings.ts";
import { clusterChecks, serversHere } from "./cluster.ts";
import { type Diagnosis, diagnose, wrong } from "./finding.ts";
import { folderChecks } from "./folder.ts";
import { type Machine, machineChecks, thisMachine } from "./machine.ts";

export type Examined = {
  readonly diagnosis: Diagnosis;
  /** What must not be printed. */
  readonly secrets: readonly string[];
};

/** Examines the embedded installation in the folder `data`, or without one the cluster that the settings name. */
export async function examine(
  data: string | undefined,
  settings: Settings,
  machine: Machine = thisMachine,
): Promise<Examined> {
  const nowMs = () => Date.now();
  if (data !== undefined) {
    const checks = [
      ...machineChecks(machine, { cassandra: false, redis: false }),
      ...folderChecks(data, machine, nowMs),
    ];
    return { diagnosis: await diagnose(checks), secrets: [] };
  }
  let config: ReturnType<typeof clusterConfig>;
  try {
    config = clusterConfig(settings);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { diagnosis: [{ check: "settings", ...wrong(what, "see docs/operate/settings.md") }], secrets: [] };
  }
  const checks = [...machineChecks(machine, serversHere(config)), ...clusterChecks(config, nowMs)];
  return { diagnosis: await diagnose(checks), secrets: secretsOf(config) };
}
