import { Closers } from "./closers.ts";
import { AppError } from "./errors.ts";

/** How long closing may take before the process ends anyway, ms: the longest drain of clients, and 15 s. */
const CLOSE_MAX_MS = 75_000;

/**
 * Runs a process: `start` opens what it needs, SIGTERM and SIGINT close it in reverse.
 * Ends with code 0 after a signal and 1 after a failure, whose text goes to stderr.
 */
export async function run(start: (closers: Closers) => Promise<void>): Promise<void> {
  const closers = new Closers();
  let ending = false;

  async function end(code: number): Promise<void> {
    if (ending) return;
    ending = true;
    const timer = setTimeout(() => process.exit(code === 0 ? 1 : code), CLOSE_MAX_MS);
    timer.unref();
    await closers[Symbol.asyncDispose]().catch((error: unknown) => fail("closing", error));
    process.exit(code);
  }

  process.once("SIGTERM", () => void end(0));
  process.once("SIGINT", () => void end(0));
  process.on("uncaughtException", (error) => {
    fail("uncaught", error);
    void end(1);
  });
  try {
    await start(closers);
  } catch (error) {
    fail("start", error);
    await end(1);
  }
}

function fail(where: string, error: unknown): void {
  const text = error instanceof AppError || !(error instanceof Error) ? String(error) : (error.stack ?? error.message);
  process.stderr.write(`${where}: ${text}\n`);
}
