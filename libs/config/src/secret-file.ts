import { readFileSync } from "node:fs";
import type { Env } from "./env.ts";

/** A secret that stands in a file, so that no list of processes and no dump of settings shows it; without the setting, none. */
export function secretFile(env: Env, name: string): string | undefined {
  const file = env.optional(name);
  if (file === undefined) return undefined;
  try {
    const secret = readFileSync(file, "utf8").trim();
    if (secret === "") env.mistake(`${name}: the file is empty`);
    return secret;
  } catch (error) {
    env.mistake(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
