import { ASKS, COMMANDS } from "@guildhall/proto";
import { expect, test } from "vitest";
import { GROUP_FEATURES } from "./index.ts";

const of = (specs: Readonly<Record<string, { readonly entity: string; readonly via: string }>>, skip: string) =>
  Object.keys(specs)
    .filter((method) => specs[method]?.entity === "group" && specs[method]?.via !== skip)
    .sort();

test("every command of a group has its handler, and every question that an owner answers its query", () => {
  const commands = GROUP_FEATURES.flatMap((feature) => Object.keys(feature.commands)).sort();
  const queries = GROUP_FEATURES.flatMap((feature) => Object.keys(feature.queries)).sort();

  expect(commands).toEqual(of(COMMANDS, ""));
  expect(queries).toEqual(of(ASKS, "own"));
});

test("no two features have a table of the same name", () => {
  const names = GROUP_FEATURES.flatMap((feature) => feature.tables.map(({ name }) => name));

  expect(names).toEqual([...new Set(names)]);
});
