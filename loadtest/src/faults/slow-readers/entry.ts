import { forEach } from "../../driver/crowd.ts";
import type { FromReaders, ToReaders } from "./messages.ts";
import { Reader, type Recovered } from "./reader.ts";
import { Timeline } from "./timeline.ts";

/** A reader that has stopped goes on to send: only for reading too slowly is it to be closed. */
const PING_EVERY_MS = 8_000;
const VIOLATIONS_MAX = 10;

/** The readers' process: told what to do by its parent, ended with it. */
class Readers {
  readonly #timeline = new Timeline();
  #readers: readonly Reader[] = [];

  async take(message: ToReaders): Promise<FromReaders> {
    if (message.kind === "start") return await this.#start(message);
    if (message.kind === "recover") return await this.#recover(message);
    if (message.kind === "report") return this.#report();
    for (const reader of this.#readers) reader.stop();
    return { kind: "done" };
  }

  async #start({ url, g, people }: Extract<ToReaders, { kind: "start" }>): Promise<FromReaders> {
    this.#readers = people.map((person) => new Reader(url, person, g, this.#timeline));
    await forEach(this.#readers.length, async (i) => this.#readers[i]?.start());
    setInterval(() => {
      for (const reader of this.#readers) reader.ping();
    }, PING_EVERY_MS);
    return { kind: "done" };
  }

  async #recover({ from, to, pages }: Extract<ToReaders, { kind: "recover" }>): Promise<FromReaders> {
    const readers: Recovered[] = [];
    await forEach(to - from, async (i) => {
      const recovered = await this.#readers[from + i]?.recover(i < pages);
      if (recovered !== undefined) readers.push(recovered);
    });
    return { kind: "recovered", readers };
  }

  #report(): FromReaders {
    return {
      kind: "report",
      checked: this.#readers.reduce((total, { checked }) => total + checked, 0),
      retries: this.#readers.reduce((total, { retries }) => total + retries, 0),
      offset: this.#timeline.offset,
      violations: this.#readers.flatMap(({ violations }) => violations).slice(0, VIOLATIONS_MAX),
    };
  }
}

const readers = new Readers();
process.on("message", (message: ToReaders) => {
  readers.take(message).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ kind: "failed", why: error instanceof Error ? error.stack : String(error) }),
  );
});
process.once("disconnect", () => process.exit());
