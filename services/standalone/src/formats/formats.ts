import { FORMAT } from "@guildhall/installation";
import { toFormat2 } from "./to-2.ts";

/** One step: brings the data in the folder `path` to the next format. Broken off and begun again it goes on. */
export type Migration = (path: string) => Promise<void>;

/** By the format they begin with. */
const MIGRATIONS: ReadonlyMap<number, Migration> = new Map([
  [1, toFormat2],
  // What is new in 3 is a column at the end of groups, which reads as null in older rows. A version that does not know
  // the column would write rows without it.
  [2, async () => {}],
  // What is new in 4 is columns at the end of groups and members, which read as null in older rows, and that records of
  // the journal may say how far nonces were ahead; those that do not stay as they are. A version that does not know of
  // it cannot read them.
  [3, async () => {}],
]);

/** Whether this version can read the data of `format`, or make them so. */
export function isKnown(format: unknown): format is number {
  return format === FORMAT || (typeof format === "number" && MIGRATIONS.has(format));
}

/** Every step from `format` on. @throws AppError `INTERNAL` for data that fail their checksum or cannot be written. */
export async function migrate(path: string, format: number): Promise<void> {
  for (let at = format; at < FORMAT; at++) await MIGRATIONS.get(at)?.(path);
}
