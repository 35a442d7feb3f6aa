import type { Entry } from "@guildhall/proto";

/** The table in which a person keeps what their groups' journals said of them. */
const MEMBERSHIPS = "memberships";

type Membership = { readonly u: number; readonly g: number; readonly ep: number; readonly pos: number };

/** What persons were told of their memberships: by epoch and position, never by an older one. */
export class Told {
  readonly #newest = new Map<string, Membership>();

  /** Takes an entry that has landed; returns what is wrong with it. */
  take({ w }: Entry): string | undefined {
    for (const [table, , row] of w) {
      if (table !== MEMBERSHIPS || row === null) continue;
      const told = row as Membership;
      const { u, g, ep, pos } = told;
      const known = this.#newest.get(`${u}/${g}`);
      this.#newest.set(`${u}/${g}`, told);
      if (known === undefined || ep > known.ep || (ep === known.ep && pos > known.pos)) continue;
      return `${u} knows of ${g} as of ${ep}/${pos}, and had known as of ${known.ep}/${known.pos}`;
    }
    return undefined;
  }
}
