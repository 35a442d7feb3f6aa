import type { ContentKind, Event, TextBody } from "@guildhall/proto";
import { GuildhallError } from "./errors.ts";

/** Items one iterator keeps for a reader that is slower than the group. At the bound the iterator ends with an error. */
const ITEMS_MAX = 10_000;

/** live: as it happened · resume: replayed after a reconnect · fetched: read from history to fill a hole or a gap. */
export type Via = "live" | "resume" | "fetched";

/**
 * What a group tells its readers, in order.
 *
 * event: the next event of the group; each seq comes once ·
 * gap: a contiguous replay was impossible. With `fillGaps` the missing events follow as `fetched`, unless the
 *   server refuses them; without it, or when refused, the next event has a seq above `s` ·
 * echo: one's own text, not yet committed; the event with the same nonce takes its place ·
 * refused: the echo with this nonce will not become an event ·
 * head: a passive group moved: its newest seq, messages so far, and mentions of the person since its cursor ·
 * read: one has read up to `s` on another device, with `m` messages up to there ·
 * typing: those who are typing now, at every change ·
 * online: how many people are present in a group that is followed actively; at every change, the first included ·
 * state: the connection was lost, is back with what was missed, the person was removed, or the client has stopped.
 */
export type GroupItem =
  | { readonly type: "event"; readonly event: Event; readonly via: Via }
  | { readonly type: "gap"; readonly have: number; readonly s: number; readonly why: string }
  | { readonly type: "echo"; readonly nonce: Uint8Array; readonly kind: ContentKind; readonly body: TextBody }
  | { readonly type: "refused"; readonly nonce: Uint8Array; readonly error: GuildhallError }
  | { readonly type: "head"; readonly s: number; readonly m: number; readonly mn: number }
  | { readonly type: "read"; readonly s: number; readonly m: number }
  | { readonly type: "typing"; readonly u: readonly number[] }
  | { readonly type: "online"; readonly on: number }
  | GroupStateItem;
export type GroupStateItem =
  | { readonly type: "state"; readonly state: "lost"; readonly why: string }
  | { readonly type: "state"; readonly state: "back"; readonly resumed: number; readonly fetched: number }
  | { readonly type: "state"; readonly state: "removed"; readonly why: string }
  | { readonly type: "state"; readonly state: "stopped"; readonly why: string };

/** Hands each item to every listener and to every open iterator. */
export class ItemFeed {
  readonly #listeners = new Set<(item: GroupItem) => void>();
  #ended: GuildhallError | undefined;
  readonly #enders = new Set<() => void>();

  /** Calls `listener` at once with every item from now on. It must not throw. Returns how to stop it. */
  listen(listener: (item: GroupItem) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(item: GroupItem): void {
    for (const listener of this.#listeners) listener(item);
  }

  /** Ends every iterator after what it still holds. */
  end(): void {
    this.#ended ??= new GuildhallError("UNAVAILABLE", "the client was closed");
    for (const ender of this.#enders) ender();
    this.#enders.clear();
    this.#listeners.clear();
  }

  /** Items from this call on. Ends with GuildhallError `QUOTA` when ITEMS_MAX items wait unread. */
  items(): AsyncIterableIterator<GroupItem> {
    const queue: GroupItem[] = [];
    let wake: (() => void) | undefined;
    let failure: GuildhallError | undefined;
    let done = this.#ended !== undefined;

    const end = (): void => {
      done = true;
      stop();
      this.#enders.delete(end);
      wake?.();
    };
    const stop = this.listen((item) => {
      if (queue.length < ITEMS_MAX) {
        queue.push(item);
        wake?.();
        return;
      }
      failure = new GuildhallError("QUOTA", `${ITEMS_MAX} items waited unread; subscribe again from the last one read`);
      end();
    });
    if (!done) this.#enders.add(end);

    async function next(): Promise<IteratorResult<GroupItem>> {
      for (;;) {
        const item = queue.shift();
        if (item !== undefined) return { done: false, value: item };
        if (failure !== undefined) {
          const error = failure;
          failure = undefined;
          throw error;
        }
        if (done) return { done: true, value: undefined };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }

    return {
      next,
      async return(): Promise<IteratorResult<GroupItem>> {
        queue.length = 0;
        end();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
