import { readFileSync } from "node:fs";
import { natsBus } from "@guildhall/bus/nats";
import { Env } from "@guildhall/config";
import { run, systemClock } from "@guildhall/kernel";
import { connectNats } from "@guildhall/nats";
import { redisPresence } from "@guildhall/presence/redis";
import { LIMITS } from "@guildhall/proto/tables";
import { Registry } from "@guildhall/telemetry";
import { stdoutLog } from "@guildhall/telemetry/log";
import { createSigner, type JWK } from "@guildhall/token";
import { startApi } from "./api.ts";
import { fileOperator } from "./operator/file-operator.ts";
import { apiProcessConfig } from "./process-config.ts";

await run(async (closers) => {
  const env = new Env(process.env);
  const { api: config, nats, redis, keyFile, operatorFile } = apiProcessConfig(env);
  env.done();

  const log = stdoutLog("api");
  const clock = systemClock;
  const registry = new Registry();
  const connection = closers.use(await connectNats(nats, "api", (status) => log.warn("nats", { status })));
  const bus = closers.use(natsBus(connection, (error) => log.error("bus_handler", error)));
  const presence = closers.use(
    await redisPresence({ config: redis, clock, onError: (error) => log.error("redis", error) }),
  );
  const signer = createSigner(JSON.parse(readFileSync(keyFile, "utf8")) as JWK, clock);
  const operator = fileOperator({ path: operatorFile, clock });
  const ready = async () => ({ ok: connection.connected, checks: { nats: connection.connected } });
  const keys = { signer, jwks: () => signer.jwks() };
  const api = closers.use(await startApi(config, { bus, presence, registry, log, clock, operator, keys, ready }));
  const lines = [`http ${api.url}`];
  const code = operator.code();
  if (code !== undefined) lines.push(`operator code ${code} (${LIMITS.operatorCodeMs / 60_000} minutes)`);
  process.stdout.write(`${lines.join("\n")}\n`);
});
