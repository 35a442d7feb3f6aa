import { addPeople, type NotAdded } from "@guildhall/client";
import type { NamedSession } from "./session-file.ts";

/** Names in one request: the API's limit. */
const BATCH_MAX = 100;

/** Adds people in batches, in the order given. @throws GuildhallError where a whole batch is refused. */
export async function addInBatches(
  api: string,
  key: string,
  names: readonly string[],
): Promise<{ added: readonly NamedSession[]; refused: readonly NotAdded[] }> {
  const added: NamedSession[] = [];
  const refused: NotAdded[] = [];
  for (let from = 0; from < names.length; from += BATCH_MAX) {
    const batch = names.slice(from, from + BATCH_MAX);
    const rows = await addPeople(api, key, batch);
    for (const [at, row] of rows.entries()) {
      if ("code" in row) refused.push(row);
      else added.push({ ...row, name: batch[at] ?? "" });
    }
  }
  return { added, refused };
}
