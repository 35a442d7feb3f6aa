import { Entity } from "./entity.ts";
import { Nonces } from "./nonces.ts";

/** Entities unused this long leave the owner's memory. */
const IDLE_MS = 10 * 60_000;
/** One that has no entry, as a group that somebody has made up, leaves sooner: what is asked for it is read again. */
const BARE_IDLE_MS = 30_000;
/** Entities in memory, a partition. At the bound idle ones leave at once; with all of them busy, new ones are refused. */
const ENTITIES_MAX = 50_000;
/** Of the longest known entities, this many are looked at for room. */
const LOOKS_MAX = 1_000;

/** The entities of one term. */
export class Entities {
  readonly #entities = new Map<number, Entity>();
  readonly #startedMs: number;

  /** Nonces used before `startedMs`, by whatever owner's clock, are not in memory. */
  constructor(startedMs: number) {
    this.#startedMs = startedMs;
  }

  get size(): number {
    return this.#entities.size;
  }

  /** The entity, if it is in memory. */
  get(g: number): Entity | undefined {
    return this.#entities.get(g);
  }

  /** The entity, made if need be; undefined when there is no room for it. */
  use(g: number, nowMs: number): Entity | undefined {
    let entity = this.#entities.get(g);
    if (entity === undefined) {
      if (this.#entities.size >= ENTITIES_MAX) this.#makeRoom();
      if (this.#entities.size >= ENTITIES_MAX) return undefined;
      entity = new Entity(g, new Nonces(this.#startedMs));
      this.#entities.set(g, entity);
    }
    entity.usedMs = nowMs;
    return entity;
  }

  all(): Iterable<Entity> {
    return this.#entities.values();
  }

  /** Forgets old nonces, and entities nobody has used for a while. */
  sweep(nowMs: number): void {
    for (const [g, entity] of this.#entities) {
      entity.nonces.sweep(nowMs);
      if (nowMs - entity.usedMs > (entity.bare ? BARE_IDLE_MS : IDLE_MS) && entity.idle) this.#entities.delete(g);
    }
  }

  #makeRoom(): void {
    let looks = 0;
    for (const [g, entity] of this.#entities) {
      if (++looks > LOOKS_MAX) return;
      if (entity.idle) this.#entities.delete(g);
    }
  }
}
