import type { Entry, RowWrite } from "@guildhall/proto";

/** One write to the store takes at most this much, and so does what is read from the journal again in one go. */
export const BATCH_MAX_BYTES = 2 * 1024 * 1024;
/** Records of one page, so that what is read again is bounded where records are small. */
const PAGE_MAX_RECORDS = 512;
/** Bodies leave until this share of the bound is taken, so that they need not leave with each record. */
const KEPT_SHARE = 7 / 8;
/**
 * Nonces and rows of what is not stored stay in memory whatever happens to bodies: entries that wait, and bytes of rows
 * they have written, a partition. At either bound commands are refused until the store catches up. An entry without its
 * body takes some 300 bytes here. Fewer entries than the nonces an entity keeps: none is forgotten before it is stored.
 */
export const UNSTORED_MAX_ENTRIES = 140_000;
export const UNSTORED_ROWS_MAX_BYTES = 16 * 1024 * 1024;
/** What a row takes beside its texts. */
const ROW_BYTES = 200;

/** A record that waits for the store. */
export type Item = { readonly position: number; readonly entries: readonly Entry[]; readonly bytes: number };

/** With about what its rows take in memory: counted once, when it comes. */
type Weighed = Item & { readonly rowBytes: number };

/** Neighbouring records that go to the store together; a page of them, without `items`, is in the journal only. */
export type Batch = {
  readonly from: number;
  to: number;
  bytes: number;
  entries: number;
  rowBytes: number;
  /** When its oldest entry was decided; undefined where there is none. */
  atMs: number | undefined;
  items: readonly Item[] | undefined;
};

/** What waits for the store, in journal order: the newest with its entries, what is older beyond a bound in pages. */
export class Backlog {
  readonly #memoryMaxBytes: number;
  #pages: Batch[] = [];
  #items: Weighed[] = [];
  #itemBytes = 0;
  #pageBytes = 0;
  /** Of everything that is not stored, what is being written included. */
  #bytes = 0;
  #entries = 0;
  #rowBytes = 0;

  constructor(memoryMaxBytes: number) {
    this.#memoryMaxBytes = memoryMaxBytes;
  }

  get empty(): boolean {
    return this.#pages.length === 0 && this.#items.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Of these, what is in the journal only. */
  get pageBytes(): number {
    return this.#pageBytes;
  }

  /** Whether what stays of the records in memory has reached its bound. */
  get full(): boolean {
    return this.#entries >= UNSTORED_MAX_ENTRIES || this.#rowBytes >= UNSTORED_ROWS_MAX_BYTES;
  }

  /** When the oldest entry that waits was decided. */
  get oldestAtMs(): number | undefined {
    const inPages = this.#pages.find(({ atMs }) => atMs !== undefined)?.atMs;
    return inPages ?? this.#items.find(({ entries }) => entries.length > 0)?.entries[0]?.at;
  }

  /** Takes the record after the newest, and returns those whose bodies have to leave memory, oldest first. */
  add(item: Item): readonly Item[] {
    this.#items.push(this.#weigh(item));
    this.#itemBytes += item.bytes;
    return this.#itemBytes > this.#memoryMaxBytes ? this.#letGo() : [];
  }

  /** Takes the record after the newest; its bodies are in the journal only, and there is none in memory before it. */
  addWithout(item: Item): void {
    this.#toPage(this.#weigh(item));
  }

  /** The oldest that go to the store together. */
  take(): Batch | undefined {
    const page = this.#pages.shift();
    if (page !== undefined) this.#pageBytes -= page.bytes;
    return page ?? this.#takeItems();
  }

  /** A batch that was taken is stored. */
  stored({ bytes, entries, rowBytes }: Batch): void {
    this.#bytes -= bytes;
    this.#entries -= entries;
    this.#rowBytes -= rowBytes;
  }

  #weigh(item: Item): Weighed {
    const rowBytes = rowBytesOf(item.entries);
    this.#bytes += item.bytes;
    this.#entries += item.entries.length;
    this.#rowBytes += rowBytes;
    return { ...item, rowBytes };
  }

  #letGo(): readonly Item[] {
    let count = 0;
    while (this.#itemBytes > this.#memoryMaxBytes * KEPT_SHARE) this.#itemBytes -= this.#items[count++]?.bytes ?? 0;
    const leaving = this.#items.splice(0, count);
    for (const item of leaving) this.#toPage(item);
    return leaving;
  }

  #toPage(item: Weighed): void {
    const page = this.#pages.at(-1);
    this.#pageBytes += item.bytes;
    if (page === undefined || !hasRoom(page, item)) this.#pages.push(batchOf([item], undefined));
    else {
      page.to = item.position;
      page.bytes += item.bytes;
      page.entries += item.entries.length;
      page.rowBytes += item.rowBytes;
      page.atMs ??= item.entries[0]?.at;
    }
  }

  #takeItems(): Batch | undefined {
    let bytes = 0;
    let count = 0;
    for (const item of this.#items) {
      if (count > 0 && bytes + item.bytes > BATCH_MAX_BYTES) break;
      bytes += item.bytes;
      count++;
    }
    if (count === 0) return undefined;
    this.#itemBytes -= bytes;
    const items = this.#items.splice(0, count);
    return batchOf(items, items);
  }
}

/** Records of a page are neighbours: the record that began the term is in none. */
function hasRoom(page: Batch, { position, bytes }: Item): boolean {
  const follows = position === page.to + 1 && position - page.from < PAGE_MAX_RECORDS;
  return follows && page.bytes + bytes <= BATCH_MAX_BYTES;
}

function batchOf(of: readonly Weighed[], items: readonly Item[] | undefined): Batch {
  const batch: Batch = {
    from: of[0]?.position ?? 0,
    to: of.at(-1)?.position ?? 0,
    bytes: 0,
    entries: 0,
    rowBytes: 0,
    atMs: of.find(({ entries }) => entries.length > 0)?.entries[0]?.at,
    items,
  };
  for (const { bytes, entries, rowBytes } of of) {
    batch.bytes += bytes;
    batch.entries += entries.length;
    batch.rowBytes += rowBytes;
  }
  return batch;
}

/** About what the rows of entries take in memory, beside the timeline's own. */
function rowBytesOf(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const { w } of entries) for (const [, , row] of w as readonly RowWrite[]) bytes += ROW_BYTES + textBytes(row);
  return bytes;
}

function textBytes(value: unknown): number {
  if (typeof value === "string" || value instanceof Uint8Array) return value.length;
  if (typeof value !== "object" || value === null) return 0;
  let bytes = 0;
  for (const part of Object.values(value)) bytes += textBytes(part);
  return bytes;
}
