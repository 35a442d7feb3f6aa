import { nonceKey } from "@guildhall/kernel";
import type { Entry, Event, JournalRecord } from "@guildhall/proto";

/** One entry of the group's lane as it is in the journal. */
export type Landed = Entry & { readonly ep: number; readonly position: number; readonly atVirtualMs: number };

type Change = { readonly s: number; readonly u: number; readonly in: boolean };

const CONTENT = new Set(["text", "msg.edit", "msg.recall"]);

/**
 * What the journal says of one group: the truth that everything else is compared with. An epoch that was
 * given up stays here, so that what was seen of it can be told from what never was.
 */
export class LaneLog {
  readonly g: number;
  readonly #epochs = new Map<number, Map<number, Landed>>();
  readonly #heads = new Map<number, number>();
  readonly #changes = new Map<number, Change[]>();
  readonly #nonces = new Map<string, Landed[]>();
  readonly #texts = new Map<string, Landed>();
  ep = 0;
  term = 0;
  /** What was in the journal of epoch `ep` beyond position `after` when it was put back. */
  #lost: { readonly ep: number; readonly after: number } | undefined;

  constructor(g: number) {
    this.g = g;
  }

  /** The journal was put back to where `last` was its end. */
  restored(last: number): void {
    this.#lost = { ep: this.ep, after: last };
  }

  /** Whether it is still in the journal. */
  stands({ ep, position }: Landed): boolean {
    return this.#lost === undefined || ep > this.#lost.ep || position <= this.#lost.after;
  }

  get head(): number {
    return this.#heads.get(this.ep) ?? 0;
  }

  /** What was said by an entry of epoch `ep`, or of one before it that still stands there. */
  find(ep: number, s: number): Landed | undefined {
    for (let at = ep; at > 0; at--) {
      const found = this.#epochs.get(at)?.get(s);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  ofNonce(u: number, n: Uint8Array): readonly Landed[] {
    return this.#nonces.get(`${u}/${nonceKey(n)}`) ?? [];
  }

  ofText(text: string): Landed | undefined {
    return this.#texts.get(text);
  }

  all(): Landed[] {
    return [...(this.#epochs.get(this.ep)?.values() ?? [])];
  }

  /** Takes a record that has landed; returns what is wrong with it. */
  land(position: number, { ep, term, e }: JournalRecord, atVirtualMs: number): string | undefined {
    if (ep < this.ep || (ep === this.ep && term < this.term)) {
      return `a record of term ${ep}.${term} landed at ${position} after one of ${this.ep}.${this.term}`;
    }
    this.ep = ep;
    this.term = term;
    for (const entry of e) {
      if (entry.g !== this.g || entry.s === 0) continue;
      const wrong = this.#add({ ...entry, ep, position, atVirtualMs });
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  #add(entry: Landed): string | undefined {
    const { ep, s, u } = entry;
    const wrong = this.#misplaced(entry);
    if (wrong !== undefined) return wrong;
    this.#heads.set(ep, s);
    const entries = this.#epochs.get(ep) ?? new Map<number, Landed>();
    this.#epochs.set(ep, entries.set(s, entry));
    this.#change(entry);
    const text = textOf(entry);
    if (text !== undefined) this.#texts.set(text, entry);
    if (entry.n === null) return undefined;
    const key = `${u}/${nonceKey(entry.n)}`;
    const before = this.#nonces.get(key) ?? [];
    this.#nonces.set(key, [...before, entry]);
    const twice = before.find((other) => other.ep === ep || this.stands(other));
    return twice === undefined ? undefined : `one nonce has the seqs ${twice.s} and ${s}`;
  }

  #misplaced({ ep, s, u, k }: Landed): string | undefined {
    const head = this.#heads.get(ep);
    if (head !== undefined && s !== head + 1) return `seq ${s} follows ${head}`;
    if (head === undefined && ep === 1 && s !== 1) return `the first seq is ${s}`;
    if (!CONTENT.has(k) || this.memberAfter(ep, s - 1, u)) return undefined;
    return `${k} of ${u} at ${s}, who is no member then`;
  }

  #change({ ep, s, k, u, b }: Landed): void {
    const body = b as { readonly u?: number } | null;
    const who = k === "group.create" ? u : (body?.u ?? 0);
    const isIn = k === "member.join" || k === "group.create";
    if (!isIn && k !== "member.kick" && k !== "member.leave") return;
    this.#changes.set(ep, [...(this.#changes.get(ep) ?? []), { s, u: who, in: isIn }]);
  }

  /** Whether `u` was a member right after seq `s`. What the first epoch left behind is not known: yes. */
  memberAfter(ep: number, s: number, u: number): boolean {
    const last = (this.#changes.get(ep) ?? []).filter((change) => change.u === u && change.s <= s).at(-1);
    return last?.in ?? ep > 1;
  }

  /** Whether `u` was a member at `s` or at any time since: who is not may not be sent what stands at `s`. */
  memberSince(ep: number, s: number, u: number): boolean {
    if (this.memberAfter(ep, s, u)) return true;
    return (this.#changes.get(ep) ?? []).some((change) => change.u === u && change.s > s && change.in);
  }

  /** How an event that was seen under epoch `ep` differs from what the journal says; undefined: not at all. */
  differs(ep: number, event: Event): string | undefined {
    const entry = this.find(ep, event.s);
    if (entry === undefined) return `seq ${event.s} of epoch ${ep} was seen and is not in the journal`;
    if (originOf(entry.k, entry.u, entry.at, entry) !== originOf(event.k, event.u, event.ts, event)) {
      return `seq ${event.s} was seen as ${JSON.stringify(event)}, the journal says otherwise`;
    }
    const { b, x } = this.#bodyAt(ep, entry, event.rev ?? 0);
    if (JSON.stringify(event.b) === JSON.stringify(b) && (event.x ?? 0) === x) return undefined;
    return `the body of seq ${event.s} as of ${event.rev ?? 0} was seen as ${JSON.stringify(event.b)}`;
  }

  /** Seq of the newest rewrite of `s` up to `until`; 0: none. */
  rewrittenBy(ep: number, s: number, until: number): number {
    let newest = 0;
    for (const entry of this.#epochs.get(ep)?.values() ?? []) {
      if (entry.s <= until && rewrites(entry) === s) newest = Math.max(newest, entry.s);
    }
    return newest;
  }

  #bodyAt(ep: number, entry: Landed, rev: number): { readonly b: unknown; readonly x: number } {
    if (rev === 0) return { b: entry.b, x: 0 };
    const rewrite = this.find(ep, rev);
    if (rewrite === undefined || rewrites(rewrite) !== entry.s) return { b: "a rewrite that never was", x: 0 };
    return rewrite.k === "msg.edit" ? { b: (rewrite.b as { b: unknown }).b, x: 0 } : { b: {}, x: 1 };
  }
}

/** The seq that an entry rewrites. */
function rewrites({ k, b }: Entry): number | undefined {
  return k === "msg.edit" || k === "msg.recall" ? (b as { readonly s: number }).s : undefined;
}

/** The text that names a command for good. */
export function textOf({ k, b }: Pick<Entry, "k" | "b">): string | undefined {
  if (k === "text") return (b as { readonly t: string }).t;
  return k === "msg.edit" ? (b as { readonly b: { readonly t: string } }).b.t : undefined;
}

/** What no rewrite changes. */
function originOf(
  k: string,
  u: number,
  at: number,
  { m, pv, pp, n }: { readonly m: number; readonly pv: number; readonly pp?: number; readonly n?: Uint8Array | null },
): string {
  return [k, u, at, m, pv, pp ?? -1, n === null || n === undefined ? "" : nonceKey(n)].join("/");
}
