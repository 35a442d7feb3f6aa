import type { KeyObject } from "node:crypto";
import { open } from "node:fs/promises";
import { Failure } from "../command.ts";
import { readText } from "../private-file.ts";
import { type Checkpoint, faultOfCheckpoint } from "./checkpoint.ts";

/**
 * The checkpoints of a file, a line each, every one of them checked. None where there is no file.
 * @throws Failure for the first that is none, is not signed with `key` or does not follow the one before.
 */
export async function readCheckpoints(path: string, key: KeyObject): Promise<Checkpoint[]> {
  const text = (await readText(path)) ?? "";
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Failure(`${path}: the last line is cut off`);
  const checkpoints: Checkpoint[] = [];
  for (const [i, line] of lines.entries()) {
    const checkpoint = checkpointOf(line);
    const fault =
      checkpoint === undefined ? "is no checkpoint" : faultOfCheckpoint(checkpoints.at(-1), checkpoint, key);
    if (checkpoint === undefined || fault !== undefined) throw new Failure(`${path}: line ${i + 1} ${fault}`);
    checkpoints.push(checkpoint);
  }
  return checkpoints;
}

function checkpointOf(line: string): Checkpoint | undefined {
  try {
    const value = JSON.parse(line) as Checkpoint | null;
    const numbers = [value?.g, value?.n, value?.at].every(Number.isSafeInteger);
    const texts = [value?.hash, value?.prev, value?.sig].every((one) => typeof one === "string");
    return numbers && texts && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Adds a line, on the disk when this resolves. @throws Failure */
export async function addCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  try {
    await using file = await open(path, "a", 0o644);
    await file.write(`${JSON.stringify(checkpoint)}\n`);
    await file.sync();
  } catch (error) {
    throw new Failure(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
