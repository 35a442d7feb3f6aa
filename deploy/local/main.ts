import { readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fetchCassandra, startCassandra } from "./cassandra.ts";
import { containers, engineRuns, PROJECT, startContainers, stopContainers } from "./docker.ts";
import {
  at,
  FOLDER,
  forgetRunning,
  type Running,
  readRunning,
  SERVICES,
  type Server,
  type Settings,
  settingsFile,
  writeRunning,
  writeSettings,
} from "./folder.ts";
import { fetchNats, startNats } from "./nats.ts";
import { lives, pause, startServer, stopServer, untilListening } from "./processes.ts";
import { fetchRedis, startRedis } from "./redis.ts";
import { makeSecrets, type Secrets } from "./secrets.ts";
import { serviceSettings, testSettings } from "./settings.ts";

const USAGE = `npm run servers -- [start] [--secure | --docker]   three nats-servers, Cassandra and Redis on loopback, empty
npm run servers -- stop                            ends them
npm run servers -- restart <name>                  starts one that has ended once more, on its data; ends it before where it runs
npm run servers -- status                          which of them run; code 1 unless all do

--secure  TLS and passwords on all three, a user for each service
--docker  in containers, where an engine runs
`;

/** The process that starts servers just now. */
const STARTING = at("starting");

/** Until one that is started again takes connections: Cassandra reads its commit log first. */
const LISTENING_MAX_MS = 180_000;
/** How long a start may take to notice that it is to end. */
const ENDING_MAX_MS = 5_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function start(mode: Running["mode"]): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const before = await readRunning();
  if (before !== undefined && (before.project !== undefined || before.started.some(lives)))
    throw new Error("servers run already: npm run servers -- stop");
  await writeFile(STARTING, String(process.pid), { flag: "wx" }).catch(async () => {
    if (startingNow()) throw new Error("servers are being started by another process");
    await writeFile(STARTING, String(process.pid));
  });
  try {
    await rm(at("data"), { recursive: true, force: true });
    if (mode === "docker") await startInContainers();
    else await startProcesses(mode);
  } catch (error) {
    await stopAll();
    throw error;
  } finally {
    await rm(STARTING, { force: true });
  }
  say(`settings: ${settingsFile()} (tests)`);
  say(`          ${at("settings-<service>.env")} (${SERVICES.join(", ")})`);
}

/** Whether the process that noted itself is there, and is one of these. */
function startingNow(): boolean {
  try {
    const pid = readFileSync(STARTING, "utf8").trim();
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("deploy/local/main.ts");
  } catch {
    return false;
  }
}

async function startProcesses(mode: "plain" | "secure"): Promise<void> {
  await fetched("nats-server", fetchNats);
  await fetched("redis-server", fetchRedis);
  await fetched("Cassandra", fetchCassandra);
  const secrets = mode === "secure" ? await makeSecrets() : undefined;
  let running: Running = { mode, started: [] };
  let addresses: Settings = {};
  for (const begin of [startNats, startRedis, startCassandra]) {
    const settings = await begin(secrets, async (server: Server) => {
      running = { ...running, started: [...running.started, server] };
      await writeRunning(running);
    });
    addresses = { ...addresses, ...settings };
  }
  for (const { name, pid } of running.started) say(`${name} runs (process ${pid})`);
  await writeAll(addresses, secrets);
}

async function startInContainers(): Promise<void> {
  if (!(await engineRuns())) throw new Error("no container engine runs here: docker info does not answer");
  // Noted before, so that `stop` finds what a start left that was broken off.
  await writeRunning({ mode: "docker", started: [], project: PROJECT });
  await writeAll(await startContainers(), undefined);
  say(`containers of the project ${PROJECT} run`);
}

async function writeAll(addresses: Settings, secrets: Secrets | undefined): Promise<void> {
  await writeSettings(settingsFile(), testSettings(addresses, secrets));
  for (const service of SERVICES)
    await writeSettings(settingsFile(service), serviceSettings(addresses, secrets, service));
}

async function fetched(name: string, fetch: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  await fetch().catch(async (error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error((await engineRuns()) ? `${text}\nOr in containers: npm run servers -- --docker` : text);
  });
  const tookMs = performance.now() - startMs;
  if (tookMs > 2_000) say(`${name} fetched (${Math.round(tookMs / 1_000)} s)`);
}

async function stopAll(): Promise<Running | undefined> {
  const running = await readRunning();
  if (running === undefined) return undefined;
  if (running.project !== undefined) await stopContainers();
  await Promise.all(running.started.map(stopServer));
  await forgetRunning();
  return running;
}

async function stop(): Promise<void> {
  const running = await stopAll();
  if (running === undefined) return say("nothing runs");
  say(running.project === undefined ? `${running.started.length} servers ended` : `containers of ${PROJECT} removed`);
}

async function status(): Promise<void> {
  const running = await readRunning();
  if (running === undefined) say("nothing runs");
  if (running?.project !== undefined) return say(await containers());
  for (const server of running?.started ?? [])
    say(`${server.name} ${lives(server) ? `runs (process ${server.pid})` : "has ended"}`);
  if (running === undefined || !running.started.every(lives)) process.exitCode = 1;
}

/** Where it was: at its port, with its data. @throws Error with a sentence. */
async function restart(name: string | undefined): Promise<void> {
  const running = await readRunning();
  const before = running?.started.find((one) => one.name === name);
  if (running === undefined || before === undefined) throw new Error(`there is no server ${name ?? ""}`.trimEnd());
  // Their passwords stand in nobody's files.
  if (running.mode !== "plain") throw new Error("servers with passwords are started together: stop and start");
  await stopServer(before);
  const { command, args, mark, port } = before;
  const server = { ...before, ...(await startServer(before.name, command, args, mark)) };
  await writeRunning({ ...running, started: running.started.map((one) => (one === before ? server : one)) });
  await untilListening(server, port, LISTENING_MAX_MS);
  say(`${server.name} runs (process ${server.pid})`);
}

async function main(args: readonly string[]): Promise<void> {
  const modes: string[] = args.filter((arg) => arg === "--secure" || arg === "--docker");
  const [command = "start", ...rest] = args.filter((arg) => !modes.includes(arg));
  const [name] = command === "restart" ? rest.splice(0, 1) : [];
  if (rest.length > 0 || modes.length > 1 || (modes.length > 0 && command !== "start")) throw new Error(USAGE);
  const mode = modes[0] === "--secure" ? "secure" : modes[0] === "--docker" ? "docker" : "plain";
  const commands: Readonly<Record<string, () => Promise<void>>> = {
    start: () => start(mode),
    stop,
    status,
    restart: () => restart(name),
  };
  const run = commands[command];
  if (run === undefined) throw new Error(USAGE);
  await run();
}

const done = main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

let ending = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (ending) return;
    ending = true;
    void end().finally(() => process.exit(1));
  });
}

/** What was started so far goes as well, and what is being started now. */
async function end(): Promise<void> {
  await stopAll();
  await Promise.race([done, pause(ENDING_MAX_MS)]);
  await stopAll();
}
