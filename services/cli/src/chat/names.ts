import type { Client, Group } from "@guildhall/client";
import type { Event, MemberView } from "@guildhall/proto";
import { Failure } from "../command.ts";

/** What to call the people of one group: the nickname there, else the user name, else the id. */
export class Names {
  readonly #client: Client;
  readonly #nicks = new Map<number, string>();
  readonly #names = new Map<number, string>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Reads everybody's nickname; where the member list may not be seen, nobody's. */
  async load(group: Group): Promise<void> {
    const members = await group.members().catch(() => []);
    for (const { u, nick } of members) this.#nicks.set(u, nick);
  }

  /** Learns the names of `ids`; those that cannot be had stay ids. */
  async know(ids: readonly number[]): Promise<void> {
    const unknown = [...new Set(ids)].filter((u) => u > 0 && !this.#names.has(u));
    if (unknown.length === 0) return;
    const people = await this.#client.people(unknown).catch(() => []);
    for (const { u, name } of people) this.#names.set(u, name);
  }

  /** Takes over a nickname that an event brings. */
  learn({ k, b }: Event): void {
    if ((k !== "member.join" && k !== "member.nick") || typeof b !== "object" || b === null) return;
    const { u, nick } = b as { readonly u?: unknown; readonly nick?: unknown };
    if (typeof u === "number" && typeof nick === "string") this.#nicks.set(u, nick);
  }

  of(u: number): string {
    const nick = this.#nicks.get(u);
    return nick !== undefined && nick !== "" ? nick : (this.#names.get(u) ?? `#${u}`);
  }

  /** The member called so: user name, nickname, or # and id. @throws Failure for nobody, or for a nickname of several. */
  async find(word: string, members: readonly MemberView[]): Promise<number> {
    const id = /^#(\d+)$/.exec(word)?.[1];
    if (id !== undefined) return Number(id);
    await this.know(members.map(({ u }) => u));
    const named = members.filter(({ u }) => this.#names.get(u) === word);
    const bearers = named.length > 0 ? named : members.filter(({ nick }) => nick === word);
    const [found] = bearers;
    if (found === undefined) throw new Failure(`nobody here is called ${word}`);
    if (bearers.length > 1) {
      const ids = bearers.map(({ u }) => `#${u} (${this.#names.get(u) ?? "?"})`).join(", ");
      throw new Failure(`${word} is what several are called: say ${ids}`);
    }
    return found.u;
  }
}
