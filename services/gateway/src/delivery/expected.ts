import type { Lane } from "./lane.ts";

/** A seq that is known to exist and has not arrived for this long, and at most twice as long, is fetched. */
const GRACE_MS = 50;

/**
 * The lanes that expect a seq. Most of what is expected comes in the next turn, because whoever has spoken is answered
 * just before the event is there: so one timer looks at all of them. As many as there are lanes.
 */
export class Expected {
  #lanes = new Set<Lane>();
  #timer: NodeJS.Timeout | undefined;

  add(lane: Lane): void {
    this.#lanes.add(lane);
    this.#timer ??= this.#soon();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#lanes.clear();
  }

  #soon(): NodeJS.Timeout {
    return setTimeout(() => this.#look(), GRACE_MS).unref();
  }

  #look(): void {
    const lanes = this.#lanes;
    this.#lanes = new Set();
    for (const lane of lanes) if (lane.look()) this.#lanes.add(lane);
    this.#timer = this.#lanes.size > 0 ? this.#soon() : undefined;
  }
}
