import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Import, importsOf } from "./imports.ts";
import { SKIPPED_FOLDERS, SOURCE_FOLDERS } from "./rules.ts";

/** One source file. `path` is relative to the repository, with slashes. */
export type Source = { readonly path: string; readonly text: string; readonly imports: readonly Import[] };

/** One package of ours: its folder, its name and the packages it declares. */
export type Package = { readonly folder: string; readonly name: string; readonly declared: ReadonlySet<string> };

/** The repository as the checks see it. `tools` are the root's own devDependencies. */
export type Tree = {
  readonly sources: readonly Source[];
  readonly packages: readonly Package[];
  readonly tools: ReadonlySet<string>;
  /** Every tsconfig.json below the root. */
  readonly tsconfigs: readonly string[];
};

/** A source made of text, as the tests plant them. */
export function sourceOf(path: string, text: string): Source {
  return { path, text, imports: importsOf(text) };
}

function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED_FOLDERS.includes(entry.name) ? [] : filesBelow(root, path);
    return entry.isFile() ? [path] : [];
  });
}

function names(value: unknown): string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

function packageAt(root: string, path: string): Package {
  const json: unknown = JSON.parse(readFileSync(join(root, path), "utf8"));
  if (typeof json !== "object" || json === null || !("name" in json)) throw new Error(`${path} has no name`);
  const declared = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"].flatMap((key) =>
    names(Object.entries(json).find(([name]) => name === key)?.[1]),
  );
  return { folder: path.slice(0, -"/package.json".length), name: String(json.name), declared: new Set(declared) };
}

/** Reads every source and every package of the repository once. */
export function readTree(root: string): Tree {
  const files = SOURCE_FOLDERS.flatMap((folder) => filesBelow(root, folder));
  const sources = [...files.filter((path) => path.endsWith(".ts")), "vitest.config.ts"].map((path) =>
    sourceOf(path, readFileSync(join(root, path), "utf8")),
  );
  const packages = files.filter((path) => path.endsWith("/package.json")).map((path) => packageAt(root, path));
  const tools = packageAt(root, "package.json").declared;
  return { sources, packages, tools, tsconfigs: files.filter((path) => path.endsWith("/tsconfig.json")) };
}
