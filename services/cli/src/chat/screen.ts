import { createInterface, type Interface } from "node:readline";
import type { Input, Output } from "../command.ts";

/** Lines one paste may leave waiting while a command runs. At the bound reading pauses. */
const LINES_MAX = 100;

export type Screen = AsyncDisposable & {
  /** Shows a line above the one being typed. Returns what `amend` needs. */
  print(line: string): number;
  /** Puts `line` in the place of an earlier one where that is still the last, else below. */
  amend(printed: number, line: string): void;
  /** One line from the person, without a line in reply; used before `lines`. */
  ask(question: string): Promise<string>;
  /** What the person types, to the end of input. */
  lines(): AsyncIterable<string>;
  /** Ends `lines`. */
  end(): void;
  /** Resolves when the person interrupts after the end. */
  readonly interrupted: Promise<void>;
};

/** The terminal of a chat; on a pipe it reads and writes plain lines. */
export function openScreen(input: Input, output: Output): Screen {
  const terminal = input.isTTY === true && output.isTTY === true;
  const reader: Interface = createInterface({ input, output, terminal, prompt: terminal ? "> " : "" });
  const queue: string[] = [];
  let wake: () => void = () => {};
  let ended = false;
  let printed = 0;

  reader.on("line", (line) => {
    // The echo shows the line again, with time and name.
    if (terminal) output.write("\x1b[1A\x1b[2K");
    queue.push(line);
    if (queue.length >= LINES_MAX) reader.pause();
    wake();
  });
  const end = (): void => {
    ended = true;
    wake();
  };
  reader.on("close", end);
  const interrupted = new Promise<void>((resolve) => {
    reader.on("SIGINT", () => (ended ? resolve() : end()));
  });

  async function next(): Promise<string | undefined> {
    for (;;) {
      const line = queue.shift();
      if (line !== undefined) {
        if (queue.length === 0) reader.resume();
        return line;
      }
      if (ended) return undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    print(line) {
      output.write(terminal ? `\r\x1b[2K${line}\n` : `${line}\n`);
      if (terminal && !ended) reader.prompt(true);
      return ++printed;
    },
    amend(before, line) {
      if (terminal && before === printed) output.write("\r\x1b[2K\x1b[1A");
      this.print(line);
    },
    async ask(question) {
      output.write(question);
      return (await next()) ?? "";
    },
    async *lines() {
      if (terminal) reader.prompt();
      for (let line = await next(); line !== undefined; line = await next()) yield line;
    },
    end,
    interrupted,
    async [Symbol.asyncDispose]() {
      reader.close();
    },
  };
}
