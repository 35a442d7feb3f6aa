import { makeNonce, sleep } from "@guildhall/kernel";
import { CLIENT_FRAME, type Committed, type Event, type Page, SERVER_FRAME, type SubResult } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import type { Person } from "../../driver/messages.ts";
import { type Answer, Peer, textIn } from "../peer.ts";
import { type Known, type Said, wordsOf } from "./said.ts";

/** Messages without an answer, a visitor. */
const WINDOW = 4;
const PAGE_MAX = 100;
/** Of one visitor on one connection; what comes beyond is not kept. */
const HEARD_MAX = 200_000;
const HUSHED_MAX_MS = 30_000;
/** After a refusal that may not stand. */
const AGAIN_MS = 250;
const FOLLOW_TRIES_MAX = 60;

/** Where somebody stands in a group. */
export type Cursor = { readonly g: number; ep: number; s: number };
/** What came of a group on this connection: in which epoch, from where on, and what was said there. */
type Heard = { first?: "gap" | "event"; readonly texts: Map<number, string> };

/** One connection of one person, who speaks in groups and hears what is said there. */
export class Visitor {
  readonly #who: number;
  readonly #name: string;
  readonly #groups: readonly number[];
  readonly cursors: Map<number, Cursor>;
  readonly heard: ReadonlyMap<number, Heard>;
  readonly said: Said[] = [];
  #peer: Peer | undefined;
  #speaking = false;
  #open = 0;

  private constructor(who: number, visit: number, groups: readonly number[], cursors: readonly Cursor[]) {
    this.#who = who;
    this.#name = `p${who}v${visit}`;
    this.#groups = groups;
    this.cursors = new Map(cursors.map((cursor) => [cursor.g, { ...cursor }]));
    this.heard = new Map(groups.map((g) => [g, { texts: new Map() }]));
  }

  /** The `who`th comes for the `visit`th time to follow these groups, from the cursors where there are some. @throws Error where it may not. */
  static async come(
    who: number,
    visit: number,
    url: string,
    person: Person,
    groups: readonly number[],
    cursors: readonly Cursor[],
  ): Promise<Visitor> {
    const visitor = new Visitor(who, visit, groups, cursors);
    const hooks = {
      event: (event: Event, _atMs: number, g: number) => visitor.#hears(g, event),
      gap: ({ g, ep, s }: Cursor) => {
        const heard = visitor.heard.get(g);
        if (heard !== undefined) heard.first ??= "gap";
        visitor.cursors.set(g, { g, ep, s });
      },
    };
    const peer = await Peer.dial(url, hooks);
    visitor.#peer = peer;
    const cur = cursors.map(({ g, ep, s }): [number, number, number, number] => [g, 0, ep, s]);
    const told = await peer.greet(person, { cur, act: cursors.map(({ g }) => g) });
    const { retry = [] } = told as { readonly retry?: readonly number[] };
    for (const g of groups.filter((one) => retry.includes(one) || !visitor.cursors.has(one))) await visitor.#follow(g);
    return visitor;
  }

  /** Messages without an answer. */
  get open(): number {
    return this.#open;
  }

  get gone(): boolean {
    return this.#peer?.ended !== undefined;
  }

  /** Speaks as fast as it is answered, in one group after the other, until it is hushed or the connection is lost. */
  speak(): void {
    this.#speaking = true;
    for (let i = 0; i < WINDOW; i++) this.#next();
  }

  /** Resolves when all that it said is answered. */
  async hush(): Promise<void> {
    this.#speaking = false;
    await until(() => this.#open === 0 || this.gone, HUSHED_MAX_MS);
  }

  /** Says it once more under its nonce, until it is answered `ok`. @throws Error for a refusal that stands. */
  async repeat({ g, n, text }: Said): Promise<Committed> {
    const frame = (i: number) => ({ t: CLIENT_FRAME.send, i, g, n, k: "text", b: { t: text }, rt: 1 as const });
    return (await this.#member.ask(frame)) as Committed;
  }

  /** Reads a group from 1 to its end. @throws Error where a page has a hole. */
  async read(g: number): Promise<Known> {
    const { ep, s: head } = await this.#follow(g);
    const events: Event[] = [];
    for (let a = 1; a <= head; a += PAGE_MAX) {
      const z = Math.min(head, a + PAGE_MAX - 1);
      events.push(...((await this.#member.ask((i) => ({ t: CLIENT_FRAME.get, i, g, a, z }))) as Page).e);
    }
    const hole = events.findIndex(({ s }, at) => s !== at + 1);
    if (hole >= 0 || events.length !== head) throw new Error(`group ${g} has no ${hole + 1}, and its head is ${head}`);
    return { g, ep, head, texts: new Map(events.flatMap((event) => pairOf(event))) };
  }

  leave(): void {
    this.#speaking = false;
    this.#peer?.socket.destroy();
  }

  get #member(): Peer["member"] {
    if (this.#peer === undefined) throw new Error(`${this.#name} is not connected`);
    return this.#peer.member;
  }

  /** Follows a group from its cursor on, or its head where there is none. @throws Error where it still may not after some tries. */
  async #follow(g: number): Promise<Cursor> {
    const from = this.cursors.get(g);
    const cursor = from === undefined ? {} : { cur: [[g, 0, from.ep, from.s]] as [number, number, number, number][] };
    for (let tries = 1; ; tries++) {
      const rows = (await this.#member.ask((i) => ({
        t: CLIENT_FRAME.sub,
        i,
        g: [g],
        mode: 1,
        ...cursor,
      }))) as SubResult;
      const row = rows.find((one) => one.g === g);
      if (row !== undefined && "s" in row) {
        const { ep, s } = row;
        if (from === undefined) this.cursors.set(g, { g, ep, s });
        return { g, ep, s };
      }
      if (tries === FOLLOW_TRIES_MAX) throw new Error(`not subscribed: ${JSON.stringify(rows)}`);
      await sleep(AGAIN_MS);
    }
  }

  #next(): void {
    if (!this.#speaking || this.gone) return;
    const at = this.said.length;
    const g = this.#groups[at % this.#groups.length] ?? 0;
    const one: Said = { who: this.#who, g, n: makeNonce(Date.now()), text: wordsOf(`${this.#name}-${at}`, g) };
    this.said.push(one);
    this.#open++;
    const { n, text } = one;
    this.#member.send(
      (i) => ({ t: CLIENT_FRAME.send, i, g, n, k: "text", b: { t: text } }),
      (answer) => this.#answered(one, answer),
    );
  }

  #answered(one: Said, answer: Answer): void {
    this.#open--;
    if (answer.t === SERVER_FRAME.ok && "d" in answer) one.s = (answer.d as Committed).s;
    if (one.s !== undefined) this.#next();
    // What was refused for now is left, and the next goes out a little later.
    else setTimeout(() => this.#next(), AGAIN_MS);
  }

  #hears(g: number, event: Event): void {
    const heard = this.heard.get(g);
    const cursor = this.cursors.get(g);
    if (heard === undefined) return;
    heard.first ??= "event";
    if (cursor !== undefined) cursor.s = Math.max(cursor.s, event.s);
    if (heard.texts.size < HEARD_MAX) for (const [s, text] of pairOf(event)) heard.texts.set(s, text);
  }
}

function pairOf(event: Event): [number, string][] {
  const text = textIn(event);
  return text === undefined ? [] : [[event.s, text]];
}
