import type { Closed, Reset, ResumeInvoke, ResumeOk, Seen } from "./record.ts";
import type { Violations } from "./violations.ts";

/** Where one connection stands in one group. */
type Following = {
  /** Newest event it was sent, or its cursor; nothing while it began at the head and got nothing yet. */
  last: number | undefined;
  /** When that was recorded. */
  t: number;
  /** It said where it stands. */
  readonly resumed: boolean;
  /** First event of one that began at the head. */
  first: number | undefined;
  /** It has got an event, or was told of a gap. */
  begun: boolean;
};

/** Where a connection stands in a group: at this place, since `t`. */
export type Standing = {
  readonly conn: string;
  readonly user: number;
  readonly group: number;
  readonly last: number;
  readonly t: number;
};

/**
 * Holds what connections are sent against I5, the next event, or a gap and then the one behind it, and a resume against
 * I15, the same for the first event of all.
 */
export class Connections {
  readonly #violations: Violations;
  /** By connection and group. */
  readonly #following = new Map<string, { readonly user: number; readonly groups: Map<number, Following> }>();

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  begins({ conn, user, group, seq, t }: ResumeInvoke & { readonly t: number }): void {
    const { groups } = this.#following.get(conn) ?? { groups: new Map<number, Following>() };
    this.#following.set(conn, { user, groups });
    groups.set(group, { last: seq, t, resumed: seq !== undefined, first: undefined, begun: false });
  }

  closed({ conn }: Closed): void {
    this.#following.delete(conn);
  }

  /** Where everybody stands who follows something now. */
  standing(): Standing[] {
    return [...this.#following].flatMap(([conn, { user, groups }]) =>
      [...groups].flatMap(([group, { last, t }]) => (last === undefined ? [] : [{ conn, user, group, last, t }])),
    );
  }

  /** A resume that was answered has brought everything up to the head of that moment. */
  began({ conn, group, seq, t }: ResumeOk & { readonly t: number }): void {
    const following = this.#of(conn, group);
    if (following === undefined || seq === undefined) return;
    const { first, last, resumed } = following;
    if (resumed && last !== undefined && last < seq) {
      const text = `${conn} was told that it has all up to ${seq}, and was sent all up to ${last}`;
      this.#violations.add("I5", group, text, following.t, t);
    }
    if (!resumed && first !== undefined && first !== seq + 1) {
      this.#violations.add("I5", group, `${conn} began at ${seq}, and its first event is ${first}`, following.t, t);
    }
    following.last ??= seq;
  }

  reset({ conn, group, seq, t }: Reset & { readonly t: number }): void {
    const following = this.#of(conn, group);
    if (following === undefined) return;
    if (following.resumed && !following.begun) this.#violations.test("I15");
    following.begun = true;
    following.last = seq;
    following.t = t;
  }

  sent({ conn, group, seq, via, t }: Seen & { readonly t: number }): void {
    if (via !== "live" && via !== "replay") return;
    const following = this.#of(conn, group);
    if (following === undefined) {
      this.#violations.add("I5", group, `${conn} is sent ${seq}, and does not follow the group`, t);
      return;
    }
    const { last, resumed, begun } = following;
    const promise = resumed && !begun ? "I15" : "I5";
    if (last !== undefined) this.#violations.test(promise);
    if (last !== undefined && seq !== last + 1) {
      const what =
        promise === "I15" ? `resumes at ${last}, and its first event is ${seq}` : `is sent ${seq} after ${last}`;
      this.#violations.add(promise, group, `${conn} ${what} (${via})`, following.t, t);
    }
    following.begun = true;
    following.first ??= seq;
    following.last = seq;
    following.t = t;
  }

  #of(conn: string, group: number): Following | undefined {
    return this.#following.get(conn)?.groups.get(group);
  }
}
