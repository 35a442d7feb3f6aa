import { natsBus } from "@guildhall/bus/nats";
import { Env, listenHost } from "@guildhall/config";
import { run, systemClock } from "@guildhall/kernel";
import { connectNats, natsConfig } from "@guildhall/nats";
import { Registry, startAdmin } from "@guildhall/telemetry";
import { stdoutLog } from "@guildhall/telemetry/log";
import { permissionConfig } from "./config.ts";
import { startPermission } from "./permission.ts";

await run(async (closers) => {
  const env = new Env(process.env);
  const config = permissionConfig(env);
  const nats = natsConfig(env);
  const admin = { host: listenHost(env, "ADMIN", false), port: env.int("ADMIN_PORT", 7090, { min: 0, max: 65_535 }) };
  env.done();

  const log = stdoutLog("permission");
  const registry = new Registry();
  const connection = closers.use(await connectNats(nats, "permission", (status) => log.warn("nats", { status })));
  const bus = closers.use(natsBus(connection, (error) => log.error("bus_handler", error)));
  const permission = closers.use(await startPermission(config, { bus, clock: systemClock, registry, log }));
  const ready = () => ({ ok: connection.connected, checks: { nats: connection.connected } });
  const health = closers.use(await startAdmin({ ...admin, registry, ready }));
  process.stdout.write(`permission ${permission.socketPath}\nadmin ${health.url}\n`);
});
