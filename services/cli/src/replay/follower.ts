import type { GroupItem } from "@guildhall/client";
import { canonical, Fingerprint } from "./fingerprint.ts";

/** An unbroken membership as one client saw it: events after `after`, up to `last`. */
export type Span = { readonly after: number; last: number; count: number; readonly print: Fingerprint };

/** Follows what one member's client tells. Keeps a count and a fingerprint, not the events. */
export class Follower {
  readonly spans: Span[] = [];
  delivered = 0;
  doubled = 0;
  reordered = 0;
  #open: Span | undefined;

  /** A membership begins; the first event to come is the one after `after`. */
  begin(after: number): void {
    this.#open = { after, last: after, count: 0, print: new Fingerprint() };
    this.spans.push(this.#open);
  }

  /** Seq of the newest event. */
  get last(): number {
    return this.#open?.last ?? 0;
  }

  onItem(item: GroupItem): void {
    if (item.type !== "event" || this.#open === undefined) return;
    const { event } = item;
    const span = this.#open;
    this.delivered++;
    if (event.s === span.last) this.doubled++;
    else if (event.s < span.last) this.reordered++;
    span.last = Math.max(span.last, event.s);
    span.count++;
    span.print.add(canonical(event));
  }
}
