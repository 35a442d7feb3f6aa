import type { TimelineReader, TimelineRow } from "@guildhall/timeline";
import { bucketsIn, type Hall, type Town, textStart } from "./town.ts";

export const PAGE = 50;

/** A page as somebody would ask for it: the 50 before or around a seq, or the first 50 at or after a time. */
export type Wanted = { readonly hall: Hall; readonly head: number } & (
  | { readonly form: "before" | "around"; readonly s: number }
  | { readonly form: "at"; readonly atMs: number }
);

/** Pages from anywhere in what is stored by now, every second one in the group that has half of the messages. */
export class Places {
  readonly #town: Town;
  readonly #random: () => number;
  readonly #heads: readonly { readonly s: number; readonly atMs: number }[];
  #number = 0;

  constructor(town: Town, random: () => number) {
    this.#town = town;
    this.#random = random;
    this.#heads = town.halls.map(({ lane }) => ({ s: lane.s, atMs: lane.at }));
  }

  next(): Wanted {
    const number = this.#number++;
    const place = number % 2 === 0 ? 0 : 1 + Math.floor(this.#random() * (this.#heads.length - 1));
    const hall = this.#town.hall(place);
    const { s: head, atMs: endMs } = this.#heads[place] ?? { s: 0, atMs: 0 };
    const form = (["before", "around", "at"] as const)[Math.floor(number / 2) % 3] ?? "before";
    if (form !== "at") return { hall, head, form, s: Math.min(head, 2 + Math.floor(this.#random() * head)) };
    const beginMs = hall.ats[0] ?? 0;
    return { hall, head, form, atMs: beginMs + Math.floor(this.#random() * (endMs - beginMs + 1)) };
  }
}

/** What a page came to. `buckets`: how many hold a part of it. `wrong`: why it is not the page that was asked for. */
export type Shown = {
  readonly a: number;
  readonly rows: readonly TimelineRow[];
  readonly buckets: number;
  readonly wrong: string | undefined;
};

/** Reads it as a gateway does what the store alone has. */
export async function readPage(reader: TimelineReader, wanted: Wanted): Promise<Shown> {
  const { hall, head } = wanted;
  const a = Math.max(1, await firstOf(reader, wanted));
  const z = Math.min(head, wanted.form === "before" ? wanted.s - 1 : a + PAGE - 1);
  const rows = await reader.range(hall.g, 0, a, z);
  const buckets = a > z ? 0 : bucketsIn(hall, a, z);
  return { a, rows, buckets, wrong: faultOf(wanted, a, z, rows) };
}

async function firstOf(reader: TimelineReader, wanted: Wanted): Promise<number> {
  if (wanted.form === "at") return reader.seqAt(wanted.hall.g, 0, wanted.atMs);
  return wanted.form === "before" ? wanted.s - PAGE : wanted.s - PAGE / 2;
}

function faultOf(wanted: Wanted, a: number, z: number, rows: readonly TimelineRow[]): string | undefined {
  const { g } = wanted.hall;
  if (rows.length !== Math.max(0, z - a + 1)) return `${rows.length} rows of ${a} to ${z} in ${g}`;
  if (wanted.form === "at" && (rows[0]?.at ?? wanted.atMs) < wanted.atMs) return `${a} of ${g} is before the time`;
  return rows.map((row, i) => rowFault(row, a + i)).find((fault) => fault !== undefined);
}

function rowFault({ g, s, x, k, b }: TimelineRow, expected: number): string | undefined {
  const { t } = b as { readonly t?: string };
  if (s !== expected) return `${s} in place of ${expected} of ${g}`;
  if (x !== 0) return t === undefined ? undefined : `${s} of ${g} was taken back and still says something`;
  const right = k !== "text" || t?.startsWith(`${textStart(g, s)} `) === true;
  return right ? undefined : `${s} of ${g} says ${String(t).slice(0, 40)}`;
}
