import { mkdir, rm } from "node:fs/promises";
import { natsUsers } from "../nats/users.ts";
import { fetchCassandra, startCassandra } from "./cassandra.ts";
import { at, FOLDER, forgetRunning, type Running, readRunning, type Started, writeRunning } from "./folder.ts";
import { fetchNats, startNats } from "./nats.ts";
import { lives, stopServer } from "./processes.ts";
import { fetchRedis, startRedis } from "./redis.ts";
import { makeSecrets, type Secrets } from "./secrets.ts";

const USAGE = `npm run servers -- [start] [--secure]   three nats-servers, Cassandra and Redis on loopback
npm run servers -- stop                 ends them
npm run servers -- status               which of them run

--secure  TLS and a password on all three
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function start(secure: boolean): Promise<void> {
  const before = await readRunning();
  if (before?.started.some(lives) === true) throw new Error("servers run already: npm run servers -- stop");
  await mkdir(FOLDER, { recursive: true });
  await rm(at("data"), { recursive: true, force: true });
  await fetched("nats-server", fetchNats);
  await fetched("redis-server", fetchRedis);
  await fetched("Cassandra", fetchCassandra);
  const secrets = secure ? await makeSecrets(natsUsers) : undefined;
  let running: Running = { started: [], settings: secrets === undefined ? {} : settingsOf(secrets) };
  for (const begin of [startNats, startRedis, startCassandra]) {
    const { started, settings } = await begin(secrets, async (server: Started) => {
      running = { ...running, started: [...running.started, server] };
      await writeRunning(running);
    });
    running = { ...running, settings: { ...running.settings, ...settings } };
    await writeRunning(running);
    for (const { name, pid } of started) say(`${name} runs (process ${pid})`);
  }
  say(`settings: ${at("settings.env")}`);
}

async function fetched(name: string, fetch: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  await fetch();
  if (performance.now() - startMs > 2_000)
    say(`${name} fetched (${Math.round((performance.now() - startMs) / 1_000)} s)`);
}

function settingsOf({ caFile, passwordFile }: Secrets): Record<string, string> {
  return {
    NATS_CA_FILE: caFile,
    NATS_PASSWORD_FILE: passwordFile,
    REDIS_USER: "guildhall",
    REDIS_CA_FILE: caFile,
    REDIS_PASSWORD_FILE: passwordFile,
    CASSANDRA_USER: "guildhall",
    CASSANDRA_CA_FILE: caFile,
    CASSANDRA_PASSWORD_FILE: passwordFile,
  };
}

async function stop(): Promise<void> {
  const running = await readRunning();
  if (running === undefined) return say("nothing runs");
  await Promise.all(running.started.map(stopServer));
  await forgetRunning();
  say(`${running.started.length} servers ended`);
}

async function status(): Promise<void> {
  const running = await readRunning();
  for (const server of running?.started ?? []) say(`${server.name} ${lives(server) ? "runs" : "has ended"}`);
  if (running === undefined) say("nothing runs");
}

const [command = "start", ...rest] = process.argv.slice(2).filter((arg) => arg !== "--secure");
const secure = process.argv.includes("--secure");
try {
  if (rest.length > 0) throw new Error(USAGE);
  if (command === "start") await start(secure);
  else if (command === "stop") await stop();
  else if (command === "status") await status();
  else throw new Error(USAGE);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
