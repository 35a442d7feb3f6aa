import type { Reset, ResumeInvoke, ResumeOk, Seen } from "./record.ts";
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
};

/** Holds what connections are sent against I5: the next event, or a gap and then the one behind it. */
export class Connections {
  readonly #violations: Violations;
  readonly #following = new Map<string, Following>();

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  begins({ conn, group, seq, t }: ResumeInvoke & { readonly t: number }): void {
    this.#following.set(`${conn}/${group}`, { last: seq, t, resumed: seq !== undefined, first: undefined });
  }

  /** A resume that was answered has brought everything up to the head of that moment. */
  began({ conn, group, seq, t }: ResumeOk & { readonly t: number }): void {
    const following = this.#following.get(`${conn}/${group}`);
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
    const following = this.#following.get(`${conn}/${group}`);
    if (following === undefined) return;
    following.last = seq;
    following.t = t;
  }

  sent({ conn, group, seq, via, t }: Seen & { readonly t: number }): void {
    if (via !== "live" && via !== "replay") return;
    const following = this.#following.get(`${conn}/${group}`);
    if (following === undefined) {
      this.#violations.add("I5", group, `${conn} is sent ${seq}, and does not follow the group`, t);
      return;
    }
    const { last } = following;
    if (last !== undefined && seq !== last + 1)
      this.#violations.add("I5", group, `${conn} is sent ${seq} (${via}) after ${last}`, following.t, t);
    following.first ??= seq;
    following.last = seq;
    following.t = t;
  }
}
