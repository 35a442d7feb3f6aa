import { type Client, type Group, GuildhallError } from "@guildhall/client";
import { UsageError } from "./command.ts";

const GROUP_NUMBER_MAX = 9_999_999_999;

/** A number of a group, or its id. @throws UsageError */
export function groupWord(word: string): number {
  const number = Number(word);
  if (!/^\d+$/.test(word) || !Number.isSafeInteger(number) || number === 0)
    throw new UsageError("a group is its number or its id");
  return number;
}

/** The group with that number, and where there is none the one with that id. @throws GuildhallError */
export async function findGroup(client: Client, word: number): Promise<Group> {
  if (word > GROUP_NUMBER_MAX) return client.group(word);
  try {
    return client.group((await client.findGroup(word)).g);
  } catch (error) {
    if (error instanceof GuildhallError && error.code === "NOT_FOUND") return client.group(word);
    throw error;
  }
}
