import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fileFaults, frontFaults, medianFault, tsconfigFaults } from "./file-checks.ts";
import { importFaults } from "./import-checks.ts";
import { LAYERS, WALLS } from "./rules.ts";
import { readTree } from "./tree.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const tree = readTree(root);
const textOf = (name: string): string => (existsSync(`${root}/${name}`) ? readFileSync(`${root}/${name}`, "utf8") : "");

test("the whole repository was read", () => {
  const paths = tree.sources.map(({ path }) => path);

  expect(paths).toContain("libs/kernel/src/errors.ts");
  expect(paths).toContain("proto/index.ts");
  expect(tree.packages.map(({ name }) => name)).toContain("@guildhall/gateway");
});

test("every file imports only what its place may know", () => {
  expect(tree.sources.flatMap((source) => importFaults(source, tree))).toEqual([]);
});

test("every file is named, sized and written as agreed", () => {
  expect(tree.sources.flatMap(fileFaults)).toEqual([]);
});

test("half of the source files are short", () => {
  expect(medianFault(tree.sources)).toBeUndefined();
});

test("the linter sees types across packages", () => {
  expect(tsconfigFaults(tree)).toEqual([]);
});

test("README and LICENSE are there for a newcomer", () => {
  expect(frontFaults(textOf("README.md"), textOf("LICENSE"))).toEqual([]);
});

test("every lib has a layer, and every walled package is one that somebody uses", () => {
  const layered = LAYERS.flat();
  const libs = tree.packages.filter(({ folder }) => folder.startsWith("libs/")).map(({ folder }) => folder.slice(5));
  const used = new Set(tree.packages.flatMap(({ declared }) => [...declared]));

  expect(libs.filter((lib) => !layered.includes(lib))).toEqual([]);
  expect(Object.keys(WALLS).filter((name) => !used.has(name))).toEqual([]);
});
