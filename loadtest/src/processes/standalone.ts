import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";

/**
 * A start that takes longer has failed, ms; and an end: it waits for a commit that lmdb never answers, up to 30 s. Far
 * more than either takes: the machine may be shared.
 */
const START_MAX_MS = 120_000;
const END_MAX_MS = 180_000;
/** What is kept of a process's output. */
const OUTPUT_MAX_BYTES = 256 * 1024;

/** How a process ended, and everything it had printed. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly output: string };

/** The whole system in a process of its own, on ports and a folder of its own. Disposing it kills it. */
export type Standalone = AsyncDisposable & {
  readonly api: string;
  readonly url: string;
  /** While there is no operator. */
  readonly operatorCode: string | undefined;
  /** Resolves when it ends, by itself or not. */
  readonly ended: Promise<Ending>;
  /** Sends `signal` and waits for the end. @throws Error when there is none in three minutes. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<Ending>;
};

/** Thrown when a process ends before it is ready. */
export class NotStarted extends Error {
  override readonly name = "NotStarted";
  readonly ending: Ending;

  constructor(ending: Ending) {
    super(`ended with ${ending.signal ?? `code ${ending.code}`} before it was ready: ${ending.output}`);
    this.ending = ending;
  }
}

export type StandaloneOptions = {
  /** Of bundleStandalone. */
  readonly bundle: string;
  readonly data: string;
  readonly env: NodeJS.ProcessEnv;
  /** Settings of its own; any free ports and no limits unless they say otherwise. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What stands in front of the command: a tracer that lets the process keep its id. */
  readonly before?: readonly string[];
};

/** Starts the bundle and resolves when it is ready. @throws NotStarted; Error when it is not ready in two minutes. */
export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const { bundle, data, env, settings = {}, before = [] } = options;
  const [command = process.execPath, ...args] = before;
  const node = before.length === 0 ? [bundle] : [...args, process.execPath, bundle];
  const child = spawn(command, node, {
    env: { ...env, GUILDHALL_PROFILE: "loadtest", API_PORT: "0", GATEWAY_PORT: "0", ...settings, GUILDHALL_DATA: data },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const take = (bytes: Buffer): void => {
    if (output.length < OUTPUT_MAX_BYTES) output += bytes.toString();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const ended: Promise<Ending> = once(child, "close").then(async () => {
    await rm(`${data}/permission.sock`, { force: true });
    return { code: child.exitCode, signal: child.signalCode, output };
  });
  await ready(child, ended, () => /^make a person/m.test(output));
  const said = (word: string): string | undefined => new RegExp(`^${word} (\\S+)`, "m").exec(output)?.[1];
  return {
    api: said("http") ?? "",
    url: said("websocket") ?? "",
    operatorCode: said("operator code"),
    ended,
    end: (signal) => end(child, signal, ended),
    [Symbol.asyncDispose]: async () => void (await end(child, "SIGKILL", ended)),
  };
}

async function ready(child: ChildProcess, ended: Promise<Ending>, isReady: () => boolean): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`not ready within ${START_MAX_MS} ms`));
    }, START_MAX_MS);
  });
  const said = new Promise<void>((resolve) => {
    child.stdout?.on("data", () => {
      if (isReady()) resolve();
    });
  });
  const over = ended.then((ending) => {
    throw new NotStarted(ending);
  });
  try {
    await Promise.race([said, over, late]);
  } finally {
    clearTimeout(timer);
    over.catch(() => {});
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals, ended: Promise<Ending>): Promise<Ending> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`no end within ${END_MAX_MS} ms of ${signal}`));
    }, END_MAX_MS);
  });
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
