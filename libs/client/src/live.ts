import type { ClientFrame, EphOutFrame } from "@guildhall/proto";
import { CLIENT_FRAME, LIMITS } from "@guildhall/proto/tables";
import type { GroupItem } from "./items.ts";

export type LiveNeeds = {
  /** Sends a frame without an answer; false without a connection. */
  tell(frame: ClientFrame): boolean;
  emit(item: GroupItem): void;
};

/** What of a group is told and not kept: how far one has read, and who is typing. */
export class Live {
  readonly #g: number;
  readonly #needs: LiveNeeds;
  /** The furthest seq read here, and the one the server was told of. */
  #read = 0;
  #told = 0;
  #telling: ReturnType<typeof setTimeout> | undefined;
  #typedAtMs = Number.NEGATIVE_INFINITY;
  /** Person → what ends their typing. */
  readonly #typing = new Map<number, ReturnType<typeof setTimeout>>();

  constructor(g: number, needs: LiveNeeds) {
    this.#g = g;
    this.#needs = needs;
  }

  /** Notes seq `s` as read. The server is told of the furthest, at most once in LIMITS.readEveryMs. */
  read(s: number): void {
    if (s <= this.#read) return;
    this.#read = s;
    if (this.#telling === undefined) this.#tellRead();
  }

  /** There is a connection again: what could not be told is told. */
  again(): void {
    if (this.#telling === undefined) this.#tellRead();
  }

  /** Says that one is typing, at most once in LIMITS.typingEveryMs. */
  type(): void {
    const nowMs = Date.now();
    if (nowMs - this.#typedAtMs < LIMITS.typingEveryMs) return;
    if (this.#needs.tell({ t: CLIENT_FRAME.eph, g: this.#g, k: "typing" })) this.#typedAtMs = nowMs;
  }

  onEph({ k, u, s, m }: EphOutFrame): void {
    if (k === "read" && s !== undefined) {
      this.#read = Math.max(this.#read, s);
      this.#told = Math.max(this.#told, s);
      this.#needs.emit({ type: "read", s, m: m ?? 0 });
    } else if (k === "typing") {
      for (const person of u) {
        clearTimeout(this.#typing.get(person));
        this.#typing.set(
          person,
          setTimeout(() => this.ended(person), LIMITS.typingShownMs),
        );
      }
      this.#emitTyping();
    }
  }

  /** The person types no more: their event has come, or nothing for LIMITS.typingShownMs. */
  ended(person: number): void {
    const timer = this.#typing.get(person);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#typing.delete(person);
    this.#emitTyping();
  }

  /** Another epoch: what was read of the one before means nothing. */
  anew(): void {
    this.#read = 0;
    this.#told = 0;
  }

  close(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    for (const timer of this.#typing.values()) clearTimeout(timer);
    this.#typing.clear();
  }

  #tellRead(): void {
    if (this.#read <= this.#told) return;
    if (!this.#needs.tell({ t: CLIENT_FRAME.read, g: this.#g, s: this.#read })) return;
    this.#told = this.#read;
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      this.#tellRead();
    }, LIMITS.readEveryMs);
  }

  #emitTyping(): void {
    this.#needs.emit({ type: "typing", u: [...this.#typing.keys()] });
  }
}
