import { sleep } from "@guildhall/kernel";
import type { Person } from "../../driver/messages.ts";
import { type Ended, Peer } from "../peer.ts";

/** A gateway that has just come back lets nobody in for a moment. */
const COME_MAX_MS = 20_000;
const COME_AGAIN_MS = 100;

/** One device that follows a group, until its sign-in is ended. */
export class Listener {
  readonly dev: string;
  #peer: Peer | undefined;
  /** Events that came, and when the newest of them had been committed, by the clock of its owner. */
  events = 0;
  newestAtMs = 0;

  private constructor(dev: string) {
    this.dev = dev;
  }

  /** Connects and follows, and tries again while it is refused. @throws Error after 20 s. */
  static async open(url: string, person: Person, g: number): Promise<Listener> {
    for (const endMs = performance.now() + COME_MAX_MS; ; await sleep(COME_AGAIN_MS)) {
      const listener = new Listener(person.dev);
      try {
        await listener.#come(url, person, g);
        return listener;
      } catch (error) {
        listener.destroy();
        if (performance.now() > endMs) throw error;
      }
    }
  }

  /** How the server has closed it; nothing while it has not. */
  get ended(): Ended | undefined {
    return this.#peer?.ended;
  }

  destroy(): void {
    this.#peer?.socket.destroy();
  }

  async #come(url: string, person: Person, g: number): Promise<void> {
    this.#peer = await Peer.dial(url, {
      event: ({ ts }) => {
        this.events++;
        this.newestAtMs = Math.max(this.newestAtMs, ts);
      },
    });
    await this.#peer.greet(person);
    await this.#peer.follow(g);
  }
}
