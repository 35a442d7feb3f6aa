import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Closers, fromBase64Url } from "@guildhall/kernel";
import { CLIENT_FRAME, type Encoding } from "@guildhall/proto/tables";
import { rawSocket } from "@guildhall/testkit";
import { runSource } from "../../processes/child.ts";
import type { Ground } from "../hostile/ground.ts";

const PYTHON_CLIENT = fileURLToPath(new URL("../../../../docs/protocol/python-client.py", import.meta.url));
const CLIENT_MAX_MS = 30_000;
/** Every length of head a client writes. */
const SIZES = [50, 200, 16_000];

/** What came of clients of other makes: faults, each in a sentence, and who was asked. */
export type Interop = {
  readonly asked: readonly string[];
  readonly faults: readonly string[];
  readonly notes: readonly string[];
};

/** Lets clients that others have written speak with the server, all at once. */
export async function tryOthers(ground: Ground, closers: Closers, env: NodeJS.ProcessEnv): Promise<Interop> {
  const tries: readonly (readonly [string, () => Promise<string | undefined>])[] = [
    ["ws, json", () => ofWs(ground, "json")],
    ["ws, msgpack", () => ofWs(ground, "msgpack")],
    ["the platform's WebSocket (undici)", () => ofPlatform(ground, closers, env)],
    ["the Python client of the protocol pages", () => ofPython(ground, env)],
  ];
  const asked: string[] = [];
  const faults: string[] = [];
  const notes: string[] = [];
  await Promise.all(
    tries.map(async ([name, attempt]) => {
      try {
        const skipped = await attempt();
        if (skipped === undefined) asked.push(name);
        else notes.push(`${name} was not asked: ${skipped}`);
      } catch (error) {
        faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
  return { asked, faults, notes };
}

/** `ws`: greets, says frames of several sizes and closes. */
async function ofWs(ground: Ground, encoding: Encoding): Promise<undefined> {
  const { access, dev } = await ground.person();
  await using socket = await rawSocket(ground.server.url, { protocol: encoding });
  const device = fromBase64Url(dev);
  if (device === undefined) throw new Error("a device that is none");
  await socket.greet({ tok: access, dev: device });
  for (const size of SIZES) {
    socket.send({ t: CLIENT_FRAME.ping, x: "ü".repeat(size / 2) } as { t: typeof CLIENT_FRAME.ping });
    await socket.next("pong");
  }
  socket.close(1000);
  const { code } = await socket.closed;
  if (code !== 1000) throw new Error(`closed with ${code} instead of 1000`);
}

/** A process of its own, for the flag that some versions of Node want. */
async function ofPlatform(ground: Ground, closers: Closers, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { access, dev } = await ground.person();
  const child = closers.use(
    runSource("loadtest/src/faults/conformance/platform-client.ts", {
      core: 1,
      env: { ...env, NODE_OPTIONS: "--experimental-websocket" },
      ipc: true,
    }),
  );
  child.process.send({ url: ground.server.url, access, dev, sizes: SIZES });
  const [, outcome = ""] = await child.line(/^outcome (.*)$/, CLIENT_MAX_MS);
  if (outcome === "none") return "this Node has no WebSocket";
  if (outcome !== "well") throw new Error(outcome);
  return undefined;
}

/** It makes an account and a group, says something and waits for it to come back. */
async function ofPython(ground: Ground, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (spawnSync("python3", ["--version"]).status !== 0) return "there is no python3";
  const child = spawn("python3", [PYTHON_CLIENT, "new", "hello from Python", "1"], {
    env: { ...env, GUILDHALL_API: ground.server.api, GUILDHALL_URL: ground.server.url },
    timeout: CLIENT_MAX_MS,
  });
  let printed = "";
  child.stdout.on("data", (data: Buffer) => {
    printed += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    printed += data.toString();
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0 || !printed.includes("hello from Python"))
    throw new Error(`ended with ${code}: ${printed.slice(-300)}`);
  return undefined;
}
