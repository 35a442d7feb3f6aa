import type { Journal } from "@guildhall/journal";
import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";

/** An append that is not answered by then is unknown, ms. */
export const APPEND_MAX_MS = 5_000;

/** Appends one record after `expected`. Sent once: never retried here. @throws as Journal.append. */
export type Appender = (expected: number, data: Uint8Array) => Promise<number>;

export function appender(journal: Journal, partition: number): Appender {
  return async (expected, data) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new AppError("OUTCOME_UNKNOWN", "append not answered")), APPEND_MAX_MS);
    });
    try {
      return await Promise.race([journal.append(partition, expected, data), late]);
    } catch (error) {
      const again = error instanceof AppError && error.code === "OUTCOME_UNKNOWN" && seeded("rule-1-append-once");
      if (again) return await journal.append(partition, expected, data);
      const fenced = error instanceof AppError && error.code === "CONFLICT";
      if (fenced && seeded("rule-1-fence")) return await appendAnywhere(journal, partition, expected, data);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Behind whatever the journal ends with by now; the owner goes on with its own count. Only for the seeded fault. */
async function appendAnywhere(
  journal: Journal,
  partition: number,
  expected: number,
  data: Uint8Array,
): Promise<number> {
  const { last } = await journal.end(partition);
  await journal.append(partition, last, data);
  return expected + 1;
}
