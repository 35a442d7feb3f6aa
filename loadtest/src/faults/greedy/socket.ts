import type { ClientFrame } from "@guildhall/proto";
import type { Person } from "../../driver/messages.ts";
import { Dialogue, helloOf } from "../hostile/dialogue.ts";
import type { Address } from "../hostile/peer.ts";
import type { Ending } from "./messages.ts";

const HELLO_MAX_MS = 10_000;

/** Where the sockets of an attack come from: so many addresses as it says. */
export const fromAddress = (net: number, i: number): string => `X-Forwarded-For: 10.${net}.${i >> 8}.${i & 0xff}`;

/** One socket of an attack, from its handshake on. */
export class Greedy {
  readonly dialogue: Dialogue;
  readonly #openedMs = performance.now();

  private constructor(dialogue: Dialogue) {
    this.dialogue = dialogue;
  }

  /** Connects, or tells how it was refused. */
  static async open(address: Address, header: string): Promise<Greedy | Ending> {
    const startMs = performance.now();
    try {
      return new Greedy(await Dialogue.open(address, "msgpack", [header]));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const status = /HTTP\/1\.1 (\d+)/.exec(text)?.[1];
      return { word: status === undefined ? text : `REFUSED ${status}`, afterMs: performance.now() - startMs };
    }
  }

  /** Says hello; whether it was let in. */
  async hello(person: Person): Promise<boolean> {
    this.dialogue.frame({ ...helloOf(person), i: 1 } as unknown as ClientFrame);
    await this.dialogue.peer.until(() => this.dialogue.over || this.dialogue.said.includes("OK"), HELLO_MAX_MS);
    const entered = this.dialogue.said.includes("OK");
    this.dialogue.forget();
    return entered;
  }

  /** Waits until the server has hung up; says how. `STAYED` after `maxMs`. Lets go of the socket. */
  async ended(maxMs: number): Promise<Ending> {
    const { dialogue } = this;
    await dialogue.peer.until(() => dialogue.over, maxMs);
    const ending = this.now(dialogue.over ? (closeWord(dialogue) ?? "DROP") : "STAYED");
    this.hangUp();
    return ending;
  }

  now(word: string): Ending {
    return { word, afterMs: performance.now() - this.#openedMs };
  }

  hangUp(): void {
    this.dialogue.peer.hangUp();
  }
}

function closeWord({ said }: Dialogue): string | undefined {
  return said.find((word) => word.startsWith("CLOSE"));
}
