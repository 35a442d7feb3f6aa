import { nonceKey } from "@guildhall/kernel";
import type { ContentKind, Event, TextBody } from "@guildhall/proto";

/** One's own text on its way: shown at once, replaced by the event with its nonce. */
export type PendingText = {
  readonly nonce: Uint8Array;
  readonly kind: ContentKind;
  readonly body: TextBody;
  /** Where it was committed, once that is known. */
  readonly s: number | undefined;
};

/** Texts that were sent and whose events have not come yet, in the order sent. */
export class PendingTexts {
  readonly #texts = new Map<string, PendingText>();

  get list(): readonly PendingText[] {
    return [...this.#texts.values()];
  }

  add(nonce: Uint8Array, kind: ContentKind, body: TextBody): void {
    this.#texts.set(nonceKey(nonce), { nonce, kind, body, s: undefined });
  }

  /** Notes the answer. The text stays until its event comes, unless `seen` says that no event will follow. */
  committed(nonce: Uint8Array, s: number, seen: boolean): void {
    const text = this.#texts.get(nonceKey(nonce));
    if (text === undefined) return;
    if (seen) this.#texts.delete(nonceKey(nonce));
    else this.#texts.set(nonceKey(nonce), { ...text, s });
  }

  drop(nonce: Uint8Array): void {
    this.#texts.delete(nonceKey(nonce));
  }

  /** Takes out the text that became `event`. Returns the seq it was answered with where that is another. */
  resolve(event: Event): number | undefined {
    if (event.n === undefined) return undefined;
    const text = this.#texts.get(nonceKey(event.n));
    if (text === undefined) return undefined;
    this.#texts.delete(nonceKey(event.n));
    return text.s !== undefined && text.s !== event.s ? text.s : undefined;
  }
}
