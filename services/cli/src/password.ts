import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { type Context, Failure } from "./command.ts";

/**
 * A password from the terminal, not shown; or with `fromStdin` the first line of the input.
 * @throws Failure where there is no terminal, or nothing was typed.
 */
export async function readPassword(context: Context, fromStdin: boolean): Promise<string> {
  const [password = ""] = await readPasswords(context, fromStdin, ["password"]);
  return password;
}

/**
 * One password a label, as `readPassword`; with `fromStdin` a line each.
 * @throws Failure where there is no terminal, or nothing was typed.
 */
export async function readPasswords(
  context: Context,
  fromStdin: boolean,
  labels: readonly string[],
): Promise<readonly string[]> {
  const { stdin, stderr } = context;
  if (!fromStdin && stdin.isTTY !== true)
    throw new Failure("there is no terminal to ask for the password: use --password-stdin");
  // What is typed goes nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output, terminal: !fromStdin });
  lines.once("SIGINT", () => lines.close());
  const typed = lines[Symbol.asyncIterator]();
  const passwords: string[] = [];
  try {
    for (const label of labels) {
      if (!fromStdin) stderr.write(`${label}: `);
      const { value, done } = await typed.next();
      if (!fromStdin) stderr.write("\n");
      if (done === true || value === "") throw new Failure("no password");
      passwords.push(value);
    }
    return passwords;
  } finally {
    lines.close();
  }
}
