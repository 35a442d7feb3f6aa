import { sleep } from "@guildhall/kernel";
import { until } from "@guildhall/testkit";
import { makePeople } from "../../clients/people.ts";
import type { Person } from "../../driver/messages.ts";
import { runningCluster } from "../../processes/cluster.ts";
import { Peer } from "../peer.ts";
import type { Known, Said } from "./said.ts";
import { type Cursor, Visitor } from "./visitor.ts";

const PEOPLE = 4;
const GROUPS = 4;
/** Until each of them has its gaps, and until every group is answered. */
const TOLD_MAX_MS = 10_000;
const ANSWERED_MAX_MS = 30_000;

/** People who are in the same groups, over all gateways. They come and go together. */
export class Crowd {
  readonly #people: readonly Person[];
  readonly groups: readonly number[];
  visitors: readonly Visitor[] = [];
  #visits = 0;

  private constructor(people: readonly Person[], groups: readonly number[]) {
    this.#people = people;
    this.groups = groups;
  }

  /** @throws Error where the cluster does not answer. */
  static async make(): Promise<Crowd> {
    const { api, operatorKey, gateways } = await runningCluster();
    const people = await makePeople(api, operatorKey, PEOPLE);
    const peers = await Promise.all(
      people.map(async (person) => {
        const peer = await Peer.dial(gateways[0]?.url ?? "");
        await peer.greet(person);
        return peer;
      }),
    );
    const [owner, ...others] = peers;
    if (owner === undefined) throw new Error("nobody");
    const groups: number[] = [];
    while (groups.length < GROUPS) groups.push(await owner.createGroup(`Restored ${groups.length}`));
    for (const g of groups) for (const other of others) await other.command(g, "member.join", {});
    for (const peer of peers) peer.socket.destroy();
    return new Crowd(people, groups);
  }

  /** Everybody comes, each from the cursors of the visit before. */
  async come(): Promise<void> {
    const { gateways } = await runningCluster();
    const visit = ++this.#visits;
    const cursors = this.cursors;
    this.visitors = await Promise.all(
      this.#people.map((person, i) => {
        const url = gateways[i % gateways.length]?.url ?? "";
        return Visitor.come(i, visit, url, person, this.groups, cursors[i] ?? []);
      }),
    );
  }

  /** Where each of them stands. */
  get cursors(): readonly (readonly Cursor[])[] {
    return this.visitors.map((visitor) => [...visitor.cursors.values()]);
  }

  get said(): Said[] {
    return this.visitors.flatMap((visitor) => visitor.said);
  }

  /** Messages without an answer. */
  get open(): number {
    return this.visitors.reduce((sum, { open }) => sum + open, 0);
  }

  /** All speak for so long, and go on. */
  async speak(forMs: number): Promise<void> {
    for (const visitor of this.visitors) visitor.speak();
    await sleep(forMs);
  }

  /** Until every group has had an answer on this visit. @throws Error when that takes too long. */
  async answered(): Promise<void> {
    const all = () => new Set(this.said.flatMap(({ g, s }) => (s === undefined ? [] : [g])));
    await until(() => all().size === this.groups.length, ANSWERED_MAX_MS);
  }

  async hush(): Promise<void> {
    await Promise.all(this.visitors.map((visitor) => visitor.hush()));
  }

  leave(): void {
    for (const visitor of this.visitors) visitor.leave();
  }

  /** What is wrong with what each of them is told first: of every group that it must begin anew. */
  async notToldOfGap(): Promise<string[]> {
    const first = () => this.visitors.flatMap(({ heard }) => [...heard].map(([g, one]) => ({ g, first: one.first })));
    await until(() => first().every((one) => one.first !== undefined), TOLD_MAX_MS).catch(() => {});
    return first()
      .filter((one) => one.first !== "gap")
      .map((one) => `somebody with a cursor of the lost life in ${one.g} is told ${one.first ?? "nothing"}, no gap`);
  }

  /** All groups from 1 to their ends, as somebody finds them who has nothing. */
  async readAll(): Promise<Known[]> {
    const { gateways } = await runningCluster();
    const [person] = this.#people;
    if (person === undefined) throw new Error("nobody");
    const reader = await Visitor.come(0, this.#visits, gateways.at(-1)?.url ?? "", person, [], []);
    const all: Known[] = [];
    for (const g of this.groups) all.push(await reader.read(g));
    reader.leave();
    return all;
  }

  /** What somebody heard on this visit and does not stand there. */
  heardElse(all: readonly Known[]): string[] {
    return all.flatMap(({ g, texts }) =>
      this.visitors.flatMap(({ heard }) =>
        [...(heard.get(g)?.texts ?? [])]
          .filter(([s, text]) => texts.get(s) !== text)
          .map(([s, text]) => `somebody heard ${text} at ${s} of ${g}, where ${texts.get(s) ?? "no message"} stands`),
      ),
    );
  }
}
