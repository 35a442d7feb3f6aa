import { AppError, nonceKey } from "@guildhall/kernel";
import { ownerClient } from "@guildhall/owner";
import { type Accidents, DEAF_MAX_MS, type Scene } from "./accidents.ts";
import { SimClient } from "./world/client.ts";
import { PARTITIONS } from "./world/config.ts";
import { commandFor, GROUP, PEOPLE } from "./world/people.ts";
import type { Host } from "./world/world.ts";

/** After everything is repaired, all must be as if nothing had been within this time. */
const HEALED_MAX_MS = 15_000;
const STORED_MAX_MS = 30_000;
/** In this share of the seeds a gateway misses what is said last. */
const LAST_WORDS = 0.5;
const LAST_WORDS_MAX_MS = 900;
const DETAINED_MS = 2_000;
/** In this share of these the owner is replaced as soon as all is stored, or after so long. */
const INHERITS = 0.5;
const INHERIT_MAX_MS = 500;
const GLANCE_MS = 20;
const LOOK_EVERY_MS = 200;
const PAGE = 100;
/** Earlier commands that are repeated at the end. */
const REPEATS = 4;
const TIMEOUT_MS = 5_000;

/** Repairs everything and then looks at what is left of all that was promised. */
export class Ending {
  readonly #scene: Scene;
  /** Who looks. */
  readonly #host: Host;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#host = scene.world.host("ending");
  }

  async run(accidents: Accidents): Promise<void> {
    const { journal, store, bus, machine, clients, checks } = this.#scene;
    for (const port of [journal, store, bus]) port.suffer(undefined);
    accidents.heal();
    for (const client of clients) client.rest();
    await this.#until(HEALED_MAX_MS, () => this.#unlike());
    await this.#lastWords();
    await this.#until(STORED_MAX_MS, () => (store.checkpoint < journal.lastFilled ? "the store is behind" : undefined));
    machine.killOwner();
    machine.killEdges();
    machine.startOwner();
    machine.startEdges();
    await this.#until(HEALED_MAX_MS, () => (machine.ready ? undefined : "the services are not ready"));
    await this.#readAll();
    await this.#repeat();
    machine.look();
    if (checks.violations.length === 0) this.#scene.world.stop();
  }

  /**
   * All is well and everybody says something more, while one gateway hears no news, or has started anew and its
   * answers are late, or both, and meanwhile the owner is replaced. Then nobody says anything: nothing that comes
   * later shows what was missed.
   */
  async #lastWords(): Promise<void> {
    const { world, bus, machine, clients } = this.#scene;
    const { random } = world;
    const edge = random.pick(machine.edges);
    if (edge === undefined || !random.chance(LAST_WORDS)) return;
    const isNew = random.chance(0.5);
    const inherits = random.chance(INHERITS);
    if (isNew) {
      machine.killEdge(edge);
      machine.startEdge(edge);
      bus.detain(edge.host, DETAINED_MS);
    }
    if (inherits || !isNew) bus.deafen(edge.host, random.between(DEAF_MAX_MS / 2, DEAF_MAX_MS));
    for (const client of clients) client.begin();
    await world.after(this.#host, random.between(LAST_WORDS_MAX_MS / 3, LAST_WORDS_MAX_MS));
    for (const client of clients) client.rest();
    if (inherits) await this.#inherit();
    await world.after(this.#host, DEAF_MAX_MS);
    await this.#until(HEALED_MAX_MS, () => this.#unlike());
  }

  /** Another owner takes over when all is stored: its own first news do not name what was said before it. */
  async #inherit(): Promise<void> {
    const { world, checks, journal, store, machine } = this.#scene;
    const untilMs = world.nowMs + INHERIT_MAX_MS;
    while (store.checkpoint < journal.lastFilled && world.nowMs < untilMs) await world.after(this.#host, GLANCE_MS);
    checks.happened("owner-replaced-unheard");
    machine.killOwner();
    machine.startOwner();
  }

  /** What is not yet as it should be. */
  #unlike(): string | undefined {
    const { machine, clients, checks } = this.#scene;
    if (!machine.ready) return "the services are not ready";
    for (const client of clients) {
      if (client.open > 0) return `${client.open} commands of ${client.u} have no answer`;
      if (!client.subscribed) return `${client.u} does not follow the group`;
      // What an epoch begins with is not known before something is said in it.
      if (checks.log.head > 0 && client.last !== checks.log.head)
        return `${client.u} has seq ${client.last} of ${checks.log.head}`;
    }
    return undefined;
  }

  async #until(maxMs: number, wrong: () => string | undefined): Promise<void> {
    const { world, checks } = this.#scene;
    const untilMs = world.nowMs + maxMs;
    for (;;) {
      const what = wrong();
      if (what === undefined) return;
      if (world.nowMs > untilMs) return checks.violate(`${maxMs / 1_000} s after the last fault ${what}`);
      await world.after(this.#host, LOOK_EVERY_MS);
    }
  }

  /** Fresh clients read everything from services that know nothing but journal and store. */
  async #readAll(): Promise<void> {
    const { checks } = this.#scene;
    const { log } = checks;
    for (const u of PEOPLE) {
      const reader = await SimClient.start(u, 1, this.#scene);
      await reader.client.ready();
      if (u === PEOPLE[0]) await this.#readLane(reader);
      const isIn = log.memberAfter(log.ep, log.head, u);
      let listed = !isIn;
      await this.#until(HEALED_MAX_MS, () => {
        reader.client.groups().then(
          (groups) => {
            listed = groups.some(({ g }) => g === GROUP);
          },
          // The next look asks again.
          () => undefined,
        );
        return listed === isIn ? undefined : `the list of groups of ${u} says ${listed} for ${isIn}`;
      });
      await reader.client.close();
    }
  }

  async #readLane(reader: SimClient): Promise<void> {
    const { checks } = this.#scene;
    const { log } = checks;
    const seen = new Set<number>();
    for (let a = 1; ; a += PAGE) {
      const page = await reader.group.history({ a, z: a + PAGE - 1 });
      if (page.e.length === 0) break;
      for (const event of page.e) {
        seen.add(event.s);
        const rev = log.rewrittenBy(log.ep, event.s, log.head);
        if ((event.rev ?? 0) < rev) checks.violate(`seq ${event.s} ended as of ${event.rev ?? 0}, not ${rev}`);
      }
    }
    const lost = log.all().find(({ s }) => !seen.has(s));
    if (lost !== undefined) checks.violate(`seq ${lost.s} is not in the history that is left`);
    const broken = checks.acked.find(({ s }) => !seen.has(s));
    if (broken !== undefined) checks.violate(`seq ${broken.s} was acknowledged and is not in the history that is left`);
  }

  /** A repeated nonce gets the first answer, and with another body CONFLICT. */
  async #repeat(): Promise<void> {
    const { world, checks, bus } = this.#scene;
    const owner = ownerClient(bus.of(this.#host), { partitions: PARTITIONS, timeoutMs: TIMEOUT_MS });
    const said = checks.log.all().filter(({ k, n }) => k === "text" && n !== null);
    for (let i = 0; i < REPEATS; i++) {
      const entry = world.random.pick(said);
      if (entry === undefined || entry.n === null) return;
      const { u, n, b, s } = entry;
      const again = (body: unknown) =>
        owner.command(commandFor(world.clock, GROUP, u, "msg.send", { k: "text", b: body }, n));
      const { s: first, dup } = await again(b);
      if (first !== s || dup !== 1) checks.violate(`the nonce of seq ${s}, repeated, was answered with ${first}`);
      const code = await again({ t: `not ${nonceKey(n).length}` }).then(
        () => "ok",
        (error: unknown) => (error instanceof AppError ? error.code : "INTERNAL"),
      );
      if (code !== "CONFLICT") checks.violate(`the nonce of seq ${s} with another body was answered with ${code}`);
    }
  }
}
