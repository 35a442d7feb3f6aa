import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { type Context, Failure } from "./command.ts";

/**
 * A password from the terminal, not shown; or with `fromStdin` the first line of the input.
 * @throws Failure where there is no terminal, or nothing was typed.
 */
export async function readPassword(context: Context, fromStdin: boolean): Promise<string> {
  const { stdin, stderr } = context;
  if (!fromStdin && stdin.isTTY !== true)
    throw new Failure("there is no terminal to ask for the password: use --password-stdin");
  // What is typed goes nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output, terminal: !fromStdin });
  if (!fromStdin) stderr.write("password: ");
  try {
    const password = await new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("SIGINT", () => reject(new Failure("no password")));
      lines.once("close", () => reject(new Failure("no password")));
    });
    if (password === "") throw new Failure("no password");
    return password;
  } finally {
    lines.close();
    if (!fromStdin) stderr.write("\n");
  }
}
