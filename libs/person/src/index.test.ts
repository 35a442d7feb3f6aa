import { ASKS, COMMANDS } from "@guildhall/proto";
import { expect, test } from "vitest";
import { PERSON_FEATURES } from "./index.ts";

const isTheirs = ({ entity }: { readonly entity: string }) => entity === "person" || entity === "claim";

test("every command of a person or a claim has its handler", () => {
  const handled = PERSON_FEATURES.flatMap((feature) => Object.keys(feature.commands)).sort();
  const specs = Object.entries(COMMANDS).filter(([, spec]) => isTheirs(spec));

  expect(handled).toEqual(specs.map(([method]) => method).sort());
});

test("every question that their owner answers has its query", () => {
  const answered = PERSON_FEATURES.flatMap((feature) => Object.keys(feature.queries)).sort();
  // Finding a person is a question about the claim of the name.
  const asks = Object.entries(ASKS).filter(([method, spec]) => isTheirs(spec) && !method.endsWith(".find"));

  expect(answered).toEqual(asks.map(([method]) => method).sort());
});

test("no two features have a table of the same name", () => {
  const names = PERSON_FEATURES.flatMap((feature) => feature.tables.map(({ name }) => name));

  expect(names).toEqual([...new Set(names)]);
});
