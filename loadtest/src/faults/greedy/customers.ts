import { setTimeout as sleep } from "node:timers/promises";
import type { Person } from "../../driver/messages.ts";
import { Latencies, type Latency } from "../../report/latency.ts";
import { Peer, textIn } from "../peer.ts";

/** People who come, are greeted and go: so many a second. */
const COMING_PER_S = 12;
/** People who stay, each with a group of their own, and how often one of them speaks: less than they may. */
export const STAYING = 12;
const SPEAK_EVERY_MS = 1_250;
/** Those who come take turns. */
export const COMING = 60;
const VIOLATIONS_MAX = 10;

const address = (i: number): string => `X-Forwarded-For: 172.16.${i >> 8}.${i & 0xff}`;

export type Served = { readonly connect: Latency; readonly echo: Latency; readonly lost: number };

/** The people for whom the server is there. Each has an address of their own. */
export class Customers {
  readonly #url: string;
  readonly #coming: readonly Person[];
  readonly #connect: Latencies;
  readonly #echo: Latencies;
  readonly #staying: { readonly peer: Peer; readonly g: number }[] = [];
  readonly #sentMs = new Map<string, number>();
  readonly violations: string[] = [];
  #closing = false;
  #came = 0;
  #said = 0;
  acknowledged = 0;
  unknown = 0;

  private constructor(url: string, coming: readonly Person[], connect: Latencies, echo: Latencies) {
    this.#url = url;
    this.#coming = coming;
    this.#connect = connect;
    this.#echo = echo;
  }

  /** The first STAYING of the people are connected and follow their groups. */
  static async make(url: string, people: readonly Person[]): Promise<Customers> {
    const coming = people.slice(STAYING);
    const customers = new Customers(url, coming, await Latencies.make(), await Latencies.make());
    for (const [i, person] of people.slice(0, STAYING).entries()) await customers.#stay(person, i);
    return customers;
  }

  /** They come and speak until `done`; then what they met since the last time. */
  async serve(done: Promise<unknown>): Promise<Served> {
    this.#connect.reset();
    this.#echo.reset();
    this.#sentMs.clear();
    const comings: Promise<void>[] = [];
    const coming = setInterval(() => void comings.push(this.#come()), 1_000 / COMING_PER_S);
    const speaking = setInterval(() => this.#speak(), SPEAK_EVERY_MS / STAYING);
    await done.finally(() => {
      clearInterval(coming);
      clearInterval(speaking);
    });
    await Promise.all(comings);
    for (let ms = 0; this.#sentMs.size > 0 && ms < ECHO_MAX_MS; ms += LOOK_MS) await sleep(LOOK_MS);
    return { connect: this.#connect.summary(), echo: this.#echo.summary(), lost: this.#sentMs.size };
  }

  close(): void {
    this.#closing = true;
    for (const { peer } of this.#staying) peer.socket.destroy();
  }

  async #stay(person: Person, i: number): Promise<void> {
    const peer = await Peer.dial(
      this.#url,
      {
        event: (event, atMs) => {
          const sentMs = this.#sentMs.get(textIn(event) ?? "");
          if (sentMs === undefined) return;
          this.#sentMs.delete(textIn(event) ?? "");
          this.#echo.record(atMs - sentMs);
        },
        ended: ({ code }) => {
          if (!this.#closing) this.#wrong(`a customer was closed with ${code ?? "no code"}`);
        },
      },
      [address(i)],
    );
    await peer.greet(person);
    const g = await peer.createGroup(`Customer ${i}`);
    await peer.follow(g);
    this.#staying.push({ peer, g });
  }

  /** One connects, from the first packet to the answer of hello, and goes. */
  async #come(): Promise<void> {
    const i = this.#came++ % this.#coming.length;
    const person = this.#coming[i];
    if (person === undefined) return;
    const startMs = performance.now();
    try {
      const peer = await Peer.dial(this.#url, {}, [address(STAYING + i)]);
      await peer.greet(person);
      this.#connect.record(performance.now() - startMs);
      peer.socket.destroy();
    } catch (error) {
      this.#wrong(`a customer was not let in: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #speak(): void {
    const one = this.#staying[this.#said % this.#staying.length];
    const text = `echo ${++this.#said}`;
    if (one === undefined) return;
    this.#sentMs.set(text, performance.now());
    this.unknown++;
    one.peer.say(one.g, text, (answer) => {
      this.unknown--;
      if (!("c" in answer)) this.acknowledged++;
      else {
        this.#sentMs.delete(text);
        this.#wrong(`a customer's message was refused: ${answer.c} ${answer.m}`);
      }
    });
  }

  #wrong(what: string): void {
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push(what);
  }
}

const ECHO_MAX_MS = 5_000;
const LOOK_MS = 50;
