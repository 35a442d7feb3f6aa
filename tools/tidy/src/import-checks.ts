import { builtinModules } from "node:module";
import type { Import } from "./imports.ts";
import {
  ADAPTER_EXCEPTIONS,
  COMPOSITION,
  LAYERS,
  LOADTEST_IMPORTS,
  NEAR_ADAPTERS,
  PURE,
  REMOTE_ADAPTERS,
  TABLES_ONLY,
  WALLS,
  WALLS_OPEN_TO_TESTS,
} from "./rules.ts";
import type { Source, Tree } from "./tree.ts";

/** Says what is wrong with one import of one file and what to do instead, or nothing. */
export type ImportCheck = (source: Source, imported: Import, tree: Tree) => string | undefined;

const OURS = "@guildhall/";

/** Tests, contracts, end-to-end tests, and what a package's tests share (`testing.ts`, the folder `test`). */
export function isTest(path: string): boolean {
  return /(\.(test|contract|bench)|\/testing)\.ts$/.test(path) || /^(libs|services)\/[^/]+\/test\//.test(path);
}

/** The place of a path: its area and, in libs, services and tools, its name. */
function placeOf(path: string): { readonly area: string; readonly name: string } {
  const [area = "", name = ""] = path.split("/");
  return { area, name };
}

/** The package of an import without its subpath. */
function packageOf(from: string): string {
  return from
    .split("/")
    .slice(0, from.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Where one of our packages lives, by its name. */
function folderOf(from: string, tree: Tree): string | undefined {
  return tree.packages.find((one) => one.name === packageOf(from))?.folder;
}

function layerOf(lib: string): number {
  return LAYERS.findIndex((layer) => layer.includes(lib));
}

/** The lib that is for tests only: those of every layer may use it. */
const TEST_LIB = "testkit";

/** A lib imports libs of lower layers; a lib that has no layer yet gets one in LAYERS. */
export function libLayer(source: Source, imported: Import, tree: Tree): string | undefined {
  const { area, name } = placeOf(source.path);
  const target = folderOf(imported.from, tree);
  if (area !== "libs" || target === undefined || target === "proto" || target === `libs/${name}`) return undefined;
  if (!target.startsWith("libs/")) return `a lib imports libs only; hand ${imported.from} in as a value or a port`;
  const other = target.slice("libs/".length);
  if (layerOf(name) < 0 || layerOf(other) < 0)
    return `give libs/${layerOf(name) < 0 ? name : other} its layer in LAYERS`;
  if (layerOf(other) < layerOf(name) || (other === TEST_LIB && isTest(source.path))) return undefined;
  return `libs/${other} is not below libs/${name}: move what both need to a lower layer, or hand it in`;
}

/** kernel and model load nothing of proto but its tables; its other things they name as types. */
export function tablesOnly(source: Source, imported: Import): string | undefined {
  const { area, name } = placeOf(source.path);
  const isProto = packageOf(imported.from) === `${OURS}proto`;
  if (area !== "libs" || !TABLES_ONLY.includes(name) || !isProto || isTest(source.path)) return undefined;
  if (imported.from === `${OURS}proto/tables` || (imported.typeOnly && name === "model")) return undefined;
  return `libs/${name} takes values from ${OURS}proto/tables only${name === "model" ? ", other things with import type" : ""}`;
}

/** proto is the ground: it imports nothing of ours. */
export function protoAlone(source: Source, imported: Import): string | undefined {
  if (placeOf(source.path).area !== "proto" || !imported.from.startsWith(OURS)) return undefined;
  if (imported.from.startsWith(`${OURS}proto`)) return undefined;
  return `proto imports nothing of ours: move what ${imported.from} offers into proto, or leave it above`;
}

/** Services talk over journal, bus and sidecar; only the composition imports them. */
export function serviceAlone(source: Source, imported: Import, tree: Tree): string | undefined {
  const { area, name } = placeOf(source.path);
  const target = folderOf(imported.from, tree);
  if (target === undefined || !target.startsWith("services/") || target === `services/${name}`) return undefined;
  if (area === "services" && name === COMPOSITION) return undefined;
  return `nothing imports a service but ${COMPOSITION}: ask it over the bus, the sidecar or HTTP, or move the shared part to a lib`;
}

/** loadtest sees what a client sees. */
export function loadtestOutside(source: Source, imported: Import, tree: Tree): string | undefined {
  const target = folderOf(imported.from, tree);
  if (placeOf(source.path).area !== "loadtest" || target === undefined || target === "loadtest") return undefined;
  if (LOADTEST_IMPORTS.some((name) => imported.from.startsWith(`${OURS}${name}`))) return undefined;
  return `loadtest drives the system from outside: it may import ${LOADTEST_IMPORTS.join(", ")} and nothing else of ours`;
}

/** main.ts and the composition pick adapters. */
function isTop(path: string): boolean {
  return path.endsWith("/src/main.ts") || path.startsWith(`services/${COMPOSITION}/`);
}

/** Adapters are picked at the top; an adapter's own tests, and any test for one in memory, may name it too. */
export function adapterAtTop(source: Source, imported: Import): string | undefined {
  const remote = REMOTE_ADAPTERS.exec(imported.from)?.[1];
  const near = NEAR_ADAPTERS.exec(imported.from)?.[1];
  const lib = remote ?? near;
  if (lib === undefined || isTop(source.path)) return undefined;
  const inTest = isTest(source.path) && (near !== undefined || source.path.startsWith(`libs/${lib}/`));
  const places = ADAPTER_EXCEPTIONS[imported.from] ?? [];
  if (inTest || places.some((place) => source.path.startsWith(place))) return undefined;
  return `${imported.from} is chosen in main.ts or ${COMPOSITION}; take the port ${OURS}${lib} as an argument`;
}

/** Foreign packages stay behind their wall. */
export function wall(source: Source, imported: Import): string | undefined {
  const foreign = packageOf(imported.from);
  const places = Object.hasOwn(WALLS, foreign) ? WALLS[foreign] : undefined;
  if (places === undefined || places.some((place) => source.path.startsWith(place))) return undefined;
  if (WALLS_OPEN_TO_TESTS.includes(foreign) && isTest(source.path)) return undefined;
  return `${foreign} is known in ${places.join(" and ")} only: use what that place exports`;
}

/** Pure libs know nothing of Node. */
export function pure(source: Source, imported: Import): string | undefined {
  const { area, name } = placeOf(source.path);
  if (area !== "libs" || !PURE.includes(name) || isTest(source.path)) return undefined;
  if (!imported.from.startsWith("node:") && !builtinModules.includes(packageOf(imported.from))) return undefined;
  return `libs/${name} is pure: take what ${imported.from} gives as an argument, or use a web API that Node has too`;
}

/** A relative import stays inside its package and names the file with its suffix. */
export function relativeInside(source: Source, imported: Import, tree: Tree): string | undefined {
  if (!imported.from.startsWith(".")) return undefined;
  const home = tree.packages.find((one) => source.path.startsWith(`${one.folder}/`))?.folder;
  const target = new URL(imported.from, `file:///${source.path}`).pathname.slice(1);
  const there = tree.packages.find((one) => target.startsWith(`${one.folder}/`));
  if (home !== undefined && there?.folder !== home)
    return `${imported.from} leaves its package: import ${there?.name ?? "it"} by name`;
  return /\.(ts|json)$/.test(imported.from) ? undefined : `write ${imported.from}.ts: relative imports name the file`;
}

/**
 * What a package uses it declares. Developers' tools may use the root's devDependencies too, and tests these, our
 * own packages and the ones whose wall is open to them.
 */
export function declared(source: Source, imported: Import, tree: Tree): string | undefined {
  const home = tree.packages.find((one) => source.path.startsWith(`${one.folder}/`));
  const used = packageOf(imported.from);
  if (home === undefined || imported.from.startsWith(".") || imported.from.startsWith("node:")) return undefined;
  if (home.name === used || home.declared.has(used)) return undefined;
  if (tree.tools.has(used) && (isTest(source.path) || home.folder.startsWith("tools/"))) return undefined;
  if (isTest(source.path) && (used.startsWith(OURS) || WALLS_OPEN_TO_TESTS.includes(used))) return undefined;
  return `add ${used} to dependencies of ${home.folder}/package.json, or do without it`;
}

export const IMPORT_CHECKS: readonly ImportCheck[] = [
  libLayer,
  tablesOnly,
  protoAlone,
  serviceAlone,
  loadtestOutside,
  adapterAtTop,
  wall,
  pure,
  relativeInside,
  declared,
];

/** What is wrong with the imports of a source, a line each. */
export function importFaults(source: Source, tree: Tree): string[] {
  return source.imports.flatMap((imported) =>
    IMPORT_CHECKS.flatMap((check) => {
      const fault = check(source, imported, tree);
      return fault === undefined ? [] : [`${source.path} imports ${imported.from}: ${fault}`];
    }),
  );
}
