import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const USAGE = "usage: run-page.ts <page.md> [--without <beginning of a line>]…";

/** The commands of a page: what stands in its fenced blocks marked `sh`, in order. */
function commandsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = ""]) => block.trimEnd().split("\n"));
}

const [page, ...rest] = process.argv.slice(2);
const without = rest.filter((word) => word !== "--without");
if (page === undefined || rest.length !== 2 * without.length) throw new Error(USAGE);
const commands = commandsOf(readFileSync(page, "utf8")).filter(
  (line) => !without.some((begin) => line.startsWith(begin)),
);
if (commands.length === 0) throw new Error(`${page} has no commands`);
// One shell, as a reader has one; the first command that fails is the end.
const shell = spawn("bash", ["-euxo", "pipefail", "-c", commands.join("\n")], { stdio: "inherit" });
shell.once("exit", (code) => {
  process.exitCode = code ?? 1;
});
