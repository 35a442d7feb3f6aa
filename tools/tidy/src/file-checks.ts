import { isTest } from "./import-checks.ts";
import {
  EMPTY_NAMES,
  ENV_READERS,
  FILE_MAX_LINES,
  FILE_NAME,
  FOLDER_NAME,
  LICENSE_TITLE,
  MEDIAN_MAX_LINES,
  NAMED_BY_TOOLS,
  OPEN_ENDS,
  OPEN_ENDS_EXCEPT,
  README_COMMANDS,
  TEST_MAX_LINES,
} from "./rules.ts";
import type { Source, Tree } from "./tree.ts";

/** Says what is wrong with one file and what to do instead, or nothing. */
export type FileCheck = (source: Source) => string | undefined;

/** Lines of a text; the newline at its end makes none. */
export function lineCount(text: string): number {
  return text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** No file is longer than one sitting. */
export function size(source: Source): string | undefined {
  const lines = lineCount(source.text);
  const max = isTest(source.path) ? TEST_MAX_LINES : FILE_MAX_LINES;
  return lines <= max ? undefined : `${lines} lines, at most ${max}: split it where a second name appears`;
}

/** Files and folders are kebab-case and named for what they hold. */
export function naming(source: Source): string | undefined {
  const parts = source.path.split("/");
  const file = parts.pop() ?? "";
  if (!FILE_NAME.test(file) && !NAMED_BY_TOOLS.includes(source.path))
    return `name it in kebab-case, with no suffix but .test, .contract, .e2e.test, .bench or .d`;
  const folder = parts.find((part) => !FOLDER_NAME.test(part));
  if (folder !== undefined) return `name the folder ${folder} in kebab-case`;
  const empty = [...parts, file.split(".")[0] ?? ""].find((part) => EMPTY_NAMES.test(part));
  return empty === undefined
    ? undefined
    : `"${empty}" says nothing: put each thing beside its user, under the user's name`;
}

/** Settings are read once, at the top. */
export function env(source: Source): string | undefined {
  if (!/\bprocess\s*(\.\s*env\b|\[\s*["']env["']\s*\])/.test(source.text) || source.path.endsWith("/main.ts"))
    return undefined;
  if (isTest(source.path) || ENV_READERS.test(source.path)) return undefined;
  return "only main.ts reads process.env: take the value as an argument";
}

/** Names are exported, so that one thing has one name. */
export function namedExports(source: Source): string | undefined {
  if (NAMED_BY_TOOLS.includes(source.path) || !/^export (default\b|\{[^}]*\bas default\b)/m.test(source.text))
    return undefined;
  return "export it by its name, not as default";
}

/** What is not done is an issue. */
export function noOpenEnds(source: Source): string | undefined {
  const word = source.path.startsWith(OPEN_ENDS_EXCEPT) ? undefined : OPEN_ENDS.exec(source.text)?.[1];
  return word === undefined ? undefined : `${word}: do it now, or open an issue and delete the comment`;
}

export const FILE_CHECKS: readonly FileCheck[] = [size, naming, env, namedExports, noOpenEnds];

/** What is wrong with a source by itself, a line each. */
export function fileFaults(source: Source): string[] {
  return FILE_CHECKS.flatMap((check) => {
    const fault = check(source);
    return fault === undefined ? [] : [`${source.path}: ${fault}`];
  });
}

/** Half of the source files fit on a screen or two. */
export function medianFault(sources: readonly Source[]): string | undefined {
  const lengths = sources
    .filter(({ path }) => !isTest(path))
    .map(({ text }) => lineCount(text))
    .toSorted((a, b) => a - b);
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
  if (median <= MEDIAN_MAX_LINES) return undefined;
  return `half of the source files are longer than ${median} lines, aim at ${MEDIAN_MAX_LINES}: split the longest by what they are about`;
}

/**
 * The linter takes the nearest tsconfig.json. One in a package, made for building, resolves our packages to files
 * that are not built, and promises that cross packages are then not seen.
 */
export function tsconfigFaults({ tsconfigs }: Pick<Tree, "tsconfigs">): string[] {
  return tsconfigs.map((path) => `${path}: name it tsconfig.build.json and build with tsc -p tsconfig.build.json`);
}

/** What a newcomer needs first. `readme` and `license` are texts, empty where there is no such file. */
export function frontFaults(readme: string, license: string): string[] {
  const missing = README_COMMANDS.filter((command) => !readme.split("\n").some((line) => line.trim() === command));
  const faults = missing.map((command) => `README.md: give "${command}" a line of its own`);
  return license.includes(LICENSE_TITLE) ? faults : [...faults, `LICENSE: put the text of the ${LICENSE_TITLE} there`];
}
