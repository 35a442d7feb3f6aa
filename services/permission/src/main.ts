import { natsBus } from "@guildhall/bus/nats";
import { Env } from "@guildhall/config";
import { run, systemClock } from "@guildhall/kernel";
import { connectNats } from "@guildhall/nats";
import { Registry, startAdmin } from "@guildhall/telemetry";
import { stdoutLog } from "@guildhall/telemetry/log";
import { startPermission } from "./permission.ts";
import { permissionProcessConfig } from "./process-config.ts";

await run(async (closers) => {
  const env = new Env(process.env);
  const { permission: config, nats, admin } = permissionProcessConfig(env);
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
