import { memoryEntity } from "@guildhall/testkit/memory-entity";
import { expect, test } from "vitest";
import { createPerson } from "./create-person.ts";
import { getPeople } from "./get-people.ts";
import { getSecret } from "./get-secret.ts";
import { CREDENTIALS, PERSONS } from "./tables.ts";

test("a person is made with name and secret, and shows nothing", async () => {
  const entity = memoryEntity(7);

  entity.run(createPerson, { name: "ann", secret: "$hash" }, 0);

  expect(entity.all(PERSONS)).toEqual([{ u: 7, name: "ann", at: entity.nowMs, state: "active", devices: [] }]);
  expect(entity.all(CREDENTIALS)).toEqual([{ u: 7, secret: "$hash" }]);
  expect(entity.events).toEqual([]);
  expect(await entity.ask(getSecret, {})).toEqual({ name: "ann", secret: "$hash" });
});

test("a repeat changes nothing, even with another hash; another name is CONFLICT", () => {
  const entity = memoryEntity(7);
  entity.run(createPerson, { name: "ann", secret: "$hash" }, 0);
  const before = entity.snapshot();
  entity.nowMs += 1_000;

  entity.run(createPerson, { name: "ann", secret: "$other" }, 0);

  expect(entity.snapshot()).toEqual(before);
  expect(() => entity.run(createPerson, { name: "bob", secret: "" }, 0)).toThrow(
    expect.objectContaining({ code: "CONFLICT" }),
  );
});

test("names by id, each once, without those of nobody", async () => {
  const entity = memoryEntity(7);
  for (const [u, name] of [
    [7, "ann"],
    [8, "bob"],
  ] as const) {
    entity.put(PERSONS, { u, name, at: 1, state: "active", devices: [] });
  }

  const answer = await entity.ask(getPeople, { u: [8, 9, 7, 8] });

  expect(answer).toEqual({
    people: [
      { u: 8, name: "bob" },
      { u: 7, name: "ann" },
    ],
  });
});

test("nobody has no secret", async () => {
  await expect(memoryEntity(7).ask(getSecret, {})).rejects.toMatchObject({ code: "NOT_FOUND" });
});
