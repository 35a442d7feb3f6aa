import { CLIENT_FRAME } from "@guildhall/proto";
import type { Notes } from "../driver/crowd.ts";
import type { Person } from "../driver/messages.ts";
import { Visitor } from "./visitor.ts";

/** The largest page there is. */
const PAGE = 100;
/** Of a text as drivers write it: its sender and its number. */
const HEAD = /^\d+\/\d+ /;

export type Read = {
  /** Seqs without an event, from the first to the newest. */
  readonly holes: number;
  /** Messages that drivers wrote: all, and how many different ones. */
  readonly messages: number;
  readonly distinct: number;
};

type ReadEvent = { readonly s: number; readonly k: string; readonly b?: unknown };

/** Reads all of a group, the newest first, as one of its members. */
export async function storedMessages(url: string, person: Person, g: number, notes: Notes): Promise<Read> {
  const visitor = new Visitor(person, { url, notes });
  await visitor.connect();
  try {
    await visitor.hello();
    const events: ReadEvent[] = [];
    // A page before the seq after every other is the newest one.
    for (let before = Number.MAX_SAFE_INTEGER; before > 1; ) {
      const d = await visitor.ask((i) => ({ t: CLIENT_FRAME.get, i, g, before, lim: PAGE }));
      const page = (d as { readonly e: readonly ReadEvent[] }).e;
      const first = page[0]?.s;
      if (first === undefined) break;
      events.push(...page);
      before = first;
    }
    return whatWasRead(events);
  } finally {
    visitor.drop();
  }
}

/** What these events of a lane come to, whatever their order. */
export function whatWasRead(events: readonly ReadEvent[]): Read {
  const seqs = new Set(events.map(({ s }) => s));
  const newest = events.reduce((last, { s }) => Math.max(last, s), 0);
  const heads = events.flatMap(({ k, b }) => {
    const text = k === "text" && typeof b === "object" && b !== null && "t" in b ? String(b.t) : "";
    return HEAD.exec(text)?.[0] ?? [];
  });
  return { holes: newest - seqs.size, messages: heads.length, distinct: new Set(heads).size };
}
