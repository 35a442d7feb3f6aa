import { toBase64Url } from "@guildhall/kernel";
import type { Event, EvFrame, GapFrame, GetFrame, Page } from "@guildhall/proto";
import { type About, hashOf, type Recorder, type Via } from "@guildhall/testkit/history";

/** The group that a text says it was sent in: see `speaker.ts`. */
const CANARY = /^[^\s@]{1,40}@(\d{1,16})-/;

export type Place = { readonly ep: number; readonly s: number };

/** Records what one person's connections see, and keeps where they stand. */
export class Observer {
  readonly #recorder: Recorder;
  readonly user: number;
  /** By group. */
  readonly cursors = new Map<number, Place>();

  constructor(recorder: Recorder, user: number) {
    this.#recorder = recorder;
    this.user = user;
  }

  /** `conn` begins to follow a group, from behind `from` where that is given. */
  begins(conn: string, group: number, from?: number): void {
    const { user } = this;
    const at = from === undefined ? {} : { seq: from };
    this.#recorder.record({ op: "resume", phase: "invoke", conn, user, group, ...at });
  }

  /** It follows; `head` where the answer names it. */
  follows(conn: string, group: number, head?: Place): void {
    const { user } = this;
    const at = head === undefined ? {} : { seq: head.s };
    this.#recorder.record({ op: "resume", phase: "ok", conn, user, group, ...at });
    if (head !== undefined && !this.cursors.has(group)) this.cursors.set(group, head);
  }

  events(conn: string, { g, ep, e }: EvFrame, via: Via): void {
    for (const event of e) {
      this.#event(conn, g, ep, event, via);
      this.cursors.set(g, { ep, s: event.s });
    }
  }

  gap(conn: string, { g, ep, s, why }: GapFrame): void {
    this.#recorder.record({ op: "reset", conn, user: this.user, group: g, seq: s, why });
    this.cursors.set(g, { ep, s });
  }

  /** A page is asked for; `get` says which. */
  asks(conn: string, id: string, group: number, { a, z, before }: Omit<GetFrame, "t" | "i" | "g">): void {
    const range = before === undefined ? { to: z ?? 0, ...(a === undefined ? {} : { from: a }) } : { to: before - 1 };
    this.#recorder.record({ op: "read", phase: "invoke", id, conn, user: this.user, group, ...range });
  }

  /** The answer to it; none where it was refused or never came. */
  answered(conn: string, id: string, group: number, page: Page | undefined): void {
    const base = { op: "read", id, conn, user: this.user, group } as const;
    if (page === undefined) return this.#recorder.record({ ...base, phase: "fail" });
    this.page(conn, group, page, "history");
    this.#recorder.record({ ...base, phase: "ok", epoch: page.ep, to: page.z, more: page.more });
  }

  page(conn: string, group: number, { a, z, e, ep }: Page, via: "history" | "final"): void {
    if (e.length === 0) return;
    this.#recorder.record({ op: "page", conn, user: this.user, group, from: a, to: z, count: e.length });
    for (const event of e) this.#event(conn, group, ep, event, via);
  }

  end(group: number, { ep, s }: Place): void {
    this.#recorder.record({ op: "final", group, epoch: ep, seq: s });
  }

  closed(conn: string, code: number): void {
    this.#recorder.record({ op: "close", conn, user: this.user, code });
  }

  #event(conn: string, group: number, epoch: number, event: Event, via: Via): void {
    this.#recorder.record({
      op: "recv",
      via,
      conn,
      user: this.user,
      group,
      epoch,
      seq: event.s,
      kind: event.k,
      by: event.u,
      hash: hashOf(event),
      ...(event.n === undefined ? {} : { cmid: toBase64Url(event.n) }),
      ...(event.rev === undefined ? {} : { rev: event.rev }),
      ...whatOf(event),
    });
  }
}

/** What the body says that the promises are about. */
function whatOf({ k, b }: Event): { readonly canary?: number } | { readonly about?: About } {
  if (typeof b !== "object" || b === null) return {};
  const body = b as About & { readonly t?: unknown };
  if (typeof body.t === "string") {
    const group = CANARY.exec(body.t)?.[1];
    return group === undefined ? {} : { canary: Number(group) };
  }
  const { u, role, to, muteAll, membersMax } = body;
  return k.startsWith("member.") || k.startsWith("role.") || k.startsWith("group.")
    ? { about: { u, role, to, muteAll, membersMax } as About }
    : {};
}
