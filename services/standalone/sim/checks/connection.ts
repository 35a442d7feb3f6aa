import type { ClientFrame, Committed, EvFrame, GapFrame, Page, SubResult } from "@guildhall/proto";
import { CLIENT_FRAME, type Encoding, SERVER_FRAME } from "@guildhall/proto/tables";
import { codecFor } from "@guildhall/wire";
import type { Checks } from "./checks.ts";

/** Requests whose frames are kept for their answers. */
type Asked = Extract<ClientFrame, { i: number }>;

/** Characters of a frame that are told. */
const TRACED_MAX = 300;

/** One connection of person `u`, judged frame by frame at the gateway's side. */
export class WatchedConnection {
  readonly #checks: Checks;
  readonly #u: number;
  readonly #codec;
  readonly #asked = new Map<number, Asked>();
  /** Nonces of refused commands, by request. */
  readonly #refused = new Map<number, Uint8Array>();
  /** Where a replay may begin: what the client has said it has. */
  readonly #cursors = new Set<string>();
  /** The newest event sent; undefined: the next one may begin anywhere. */
  #last: { readonly ep: number; readonly s: number } | undefined;
  #resuming = false;
  /** The client has asked for what comes from now on, and has no answer yet. */
  #anywhere = false;

  constructor(checks: Checks, u: number, encoding: Encoding) {
    this.#checks = checks;
    this.#u = u;
    this.#codec = codecFor(encoding);
  }

  fromClient(bytes: Uint8Array): void {
    const frame = this.#codec.decodeClient(bytes);
    this.#checks.trace(() => `${this.#u} > ${short(frame)}`);
    if ("i" in frame) this.#asked.set(frame.i, frame as Asked);
    if (frame.t === CLIENT_FRAME.hello || frame.t === CLIENT_FRAME.sub) this.#begins(frame.cur ?? []);
    if (frame.t === CLIENT_FRAME.sub && (frame.cur ?? []).length === 0) this.#anywhere = true;
    if (frame.t === CLIENT_FRAME.hello) this.#resuming = frame.cur !== undefined;
    if (frame.t === CLIENT_FRAME.unsub) this.#last = undefined;
  }

  #begins(cursors: readonly (readonly [number, number, number, number])[]): void {
    for (const [g, , ep, s] of cursors) {
      if (g !== this.#checks.log.g) continue;
      this.#cursors.add(`${ep}/${s}`);
      this.#last ??= { ep, s };
    }
  }

  fromServer(bytes: Uint8Array): void {
    const frame = this.#codec.decodeServer(bytes);
    this.#checks.trace(() => `${this.#u} < ${short(frame)}`);
    if (frame.t === SERVER_FRAME.ev) this.#ev(frame);
    else if (frame.t === SERVER_FRAME.gap) this.#gap(frame);
    else if (frame.t === SERVER_FRAME.ok) this.#ok(frame.i, frame.d);
    else if (frame.t === SERVER_FRAME.err && frame.i !== undefined) this.#err(frame.i, frame.c);
  }

  #ev({ ep, a, z, e }: EvFrame): void {
    if (e.length !== z - a + 1 || e.some(({ s }, at) => s !== a + at)) {
      return this.#checks.violate(`a frame of seqs ${a} to ${z} has ${e.map(({ s }) => s).join(", ")}`);
    }
    const last = this.#last;
    const follows =
      this.#anywhere ||
      last === undefined ||
      (last.ep === ep && last.s + 1 === a) ||
      this.#cursors.has(`${ep}/${a - 1}`);
    if (!follows) this.#checks.violate(`${this.#u} was sent seq ${ep}/${a} after ${last.ep}/${last.s}`);
    if (this.#resuming) this.#checks.happened("resume-contiguous");
    this.#last = { ep, s: z };
    for (const event of e) this.#checks.shown(this.#u, ep, event);
    const removed = e.some(({ k, b }) => k === "member.kick" && (b as { u?: number }).u === this.#u);
    if (!removed) return;
    this.#checks.happened("removed-in-flight");
    this.#last = undefined;
  }

  #gap({ ep, s, why }: GapFrame): void {
    this.#checks.happened("resume-gap");
    this.#last = why === "removed" ? undefined : { ep, s };
  }

  #ok(i: number, d: unknown): void {
    const frame = this.#asked.get(i);
    this.#asked.delete(i);
    if (frame?.t === CLIENT_FRAME.hello) this.#resuming = false;
    else if (frame?.t === CLIENT_FRAME.send || frame?.t === CLIENT_FRAME.cmd) this.#committed(frame.n, d as Committed);
    else if (frame?.t === CLIENT_FRAME.get) this.#page(d as Page);
    else if (frame?.t === CLIENT_FRAME.sub && frame.cur === undefined) this.#joined(d as SubResult);
  }

  #committed(n: Uint8Array, { ep, s, dup }: Committed): void {
    if (s > 0) this.#checks.acknowledged(this.#u, n, ep, s, dup === 1);
  }

  /** Without a cursor the events begin right after the head that the answer names; some may have come before it. */
  #joined([row]: SubResult): void {
    this.#anywhere = false;
    if (row === undefined || "c" in row) return;
    const last = this.#last;
    if (last === undefined || last.ep < row.ep || (last.ep === row.ep && last.s < row.s))
      this.#last = { ep: row.ep, s: row.s };
  }

  #err(i: number, c: number): void {
    const frame = this.#asked.get(i);
    this.#asked.delete(i);
    if (frame?.t !== CLIENT_FRAME.send && frame?.t !== CLIENT_FRAME.cmd) return;
    this.#checks.refused(this.#u, frame.n, c);
    this.#refused.set(i, frame.n);
  }

  /** What was refused and is lost on its way is asked once more, and decided anew. */
  reached(bytes: Uint8Array): void {
    const frame = this.#codec.decodeServer(bytes);
    const n = frame.t === SERVER_FRAME.err && frame.i !== undefined ? this.#refused.get(frame.i) : undefined;
    if (n !== undefined && frame.t === SERVER_FRAME.err) this.#checks.gaveUp(this.#u, n, frame.c);
  }

  /** A page has no hole, and everything in it stands as of one moment. */
  #page({ ep, a, z, e }: Page): void {
    if (e.length > 0 && (e.length !== z - a + 1 || e.some(({ s }, at) => s !== a + at))) {
      return this.#checks.violate(`a page of seqs ${a} to ${z} has ${e.map(({ s }) => s).join(", ")}`);
    }
    const asOf = Math.max(0, ...e.map(({ s, rev }) => Math.max(s, rev ?? 0)));
    for (const event of e) {
      this.#checks.shown(this.#u, ep, event);
      if (event.rev !== undefined) this.#checks.happened("page-with-rewrite");
      const rev = this.#checks.log.rewrittenBy(ep, event.s, asOf);
      if ((event.rev ?? 0) < rev) {
        this.#checks.violate(`a page as of ${asOf} has seq ${event.s} as of ${event.rev ?? 0}, not ${rev}`);
      }
    }
  }
}

/** A frame on one line; a long one is cut. */
function short(frame: object): string {
  return JSON.stringify(frame, (key, value: unknown) =>
    key === "n" || key === "tok" || key === "dev" ? undefined : value,
  ).slice(0, TRACED_MAX);
}
