import { expect, test } from "vitest";
import { ENTRY } from "../../test/entry.ts";
import { Entities } from "./entities.ts";
import { Lane } from "./lane.ts";

/** In memory, with an entry or without. */
function put(entities: Entities, g: number, hasEntry: boolean): void {
  const lane = new Lane(g, 0);
  if (hasEntry) {
    lane.advance({ ...ENTRY, s: 1 });
    lane.stored(1);
  }
  entities.use(g, 0)?.lanes.set(0, lane);
}

test("an entity without an entry is forgotten after half a minute, others after ten", () => {
  const entities = new Entities(0);
  put(entities, 1, true);
  put(entities, 2, false);
  entities.use(3, 0);
  const known = (): number[] => Array.from(entities.all(), ({ g }) => g);

  entities.sweep(30_000);
  const before = known();
  entities.sweep(30_001);
  const after = known();
  entities.sweep(600_001);

  expect([before, after, known()]).toEqual([[1, 2, 3], [1], []]);
});

test("one that waits for something stays, with an entry or without", () => {
  const entities = new Entities(0);
  const entity = entities.use(1, 0);
  if (entity !== undefined) entity.loading = true;

  entities.sweep(3_600_000);

  expect(entities.size).toBe(1);
});
