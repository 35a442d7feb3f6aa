import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const MAIN = ["services/standalone/src/main.ts"];
const NODE = ["--conditions=source", "--import", "./tools/start/preload.mjs", "--import", "tsx"];
/** A start or an end that takes longer has failed, ms. */
const WAIT_MAX_MS = 30_000;

export type ServerProcess = {
  readonly http: string;
  readonly websocket: string;
  readonly operatorCode: string | undefined;
  /** From the call to the printed addresses, ms. */
  readonly readyMs: number;
  /** Ends it and waits until it is gone. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
};

/** `npm start` without npm: a server in a process of its own, gone when the test ends. @throws Error with what it printed when it ends instead. */
export async function startProcess(settings: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...NODE, ...MAIN], { cwd: ROOT, env: { ...process.env, ...settings } });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const output = await printed(child, /^websocket .*\n[^]*make a person/m);
  const line = (word: string) => new RegExp(`^${word} (\\S+)`, "m").exec(output)?.[1];
  return {
    http: line("http") ?? "",
    websocket: line("websocket") ?? "",
    operatorCode: line("operator code"),
    readyMs: performance.now() - startedMs,
    async end(signal) {
      const exit = once(child, "exit");
      child.kill(signal);
      const [code] = (await exit) as [number | null];
      return code;
    },
  };
}

/** What the child printed up to `until`. */
function printed(child: ChildProcess, until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`not ready: ${output}`)), WAIT_MAX_MS);
    const take = (data: Buffer) => {
      output += data.toString();
      if (!until.test(output)) return;
      clearTimeout(timer);
      resolve(output);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with code ${code}: ${output}`));
    });
  });
}
