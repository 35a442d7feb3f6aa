import { SERVER_FRAME, type ServerFrame, type ServerFrameName } from "@guildhall/proto";

/** How long `next` waits, ms. */
export const WAIT_MAX_MS = 5_000;

export type FrameOf<N extends ServerFrameName> = Extract<ServerFrame, { t: (typeof SERVER_FRAME)[N] }>;

/** Frames that came and were not read yet. */
export class Inbox {
  readonly #unread: ServerFrame[] = [];
  #ended: string | undefined;
  #wake: () => void = () => {};

  get size(): number {
    return this.#unread.length;
  }

  push(frame: ServerFrame): void {
    this.#unread.push(frame);
    this.#wake();
  }

  end(why: string): void {
    this.#ended = why;
    this.#wake();
  }

  /** The first unread frame that matches; it and those before it count as read. @throws Error when none comes. */
  async next<N extends ServerFrameName>(name: N, match: (frame: FrameOf<N>) => boolean): Promise<FrameOf<N>> {
    const untilMs = Date.now() + WAIT_MAX_MS;
    for (;;) {
      for (let frame = this.#unread.shift(); frame !== undefined; frame = this.#unread.shift()) {
        if (frame.t === SERVER_FRAME[name] && match(frame as FrameOf<N>)) return frame as FrameOf<N>;
      }
      if (this.#ended !== undefined) throw new Error(`no ${name}: ${this.#ended}`);
      const leftMs = untilMs - Date.now();
      if (leftMs <= 0) throw new Error(`no ${name} within ${WAIT_MAX_MS} ms`);
      await this.#news(leftMs);
    }
  }

  #news(maxMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, maxMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
