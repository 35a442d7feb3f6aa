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
// One shell, as a reader has one; the first command that fails is the end, also of what runs in the background.
const script = ["-euxo", "pipefail", "-c", commands.join("\n")];
const shell = spawn("bash", script, { stdio: "inherit", detached: true });
const signal = (name: NodeJS.Signals): void => {
  try {
    if (shell.pid !== undefined) process.kill(-shell.pid, name);
  } catch {
    // Nothing of it is left.
  }
};
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => signal(name));
shell.once("exit", (code) => {
  signal("SIGTERM");
  process.exitCode = code ?? 1;
});
