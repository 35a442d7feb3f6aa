import { Env } from "@guildhall/config";
import { run } from "@guildhall/kernel";
import { LIMITS } from "@guildhall/proto/tables";
import { stderrLog } from "@guildhall/telemetry/log";
import { standaloneConfig } from "./config.ts";
import { startStandalone } from "./standalone.ts";

await run(async (closers) => {
  const env = new Env(process.env);
  const config = standaloneConfig(env);
  env.done();

  const log = stderrLog("standalone");
  const onBroken = (error: unknown) => {
    log.error("storage_broken", error);
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `storage: the disk under ${config.dataPath} failed (${text}), so this ends; what was answered is kept, start again when the disk is well\n`,
    );
    // An orderly exit lets lmdb close, which waits for ever for what it could not write.
    process.kill(process.pid, "SIGKILL");
  };
  const standalone = closers.use(await startStandalone(config, { log, onBroken }));
  const lines = [`http ${standalone.http}`, `websocket ${standalone.websocket}`];
  if (standalone.operatorCode !== undefined) {
    lines.push(`operator code ${standalone.operatorCode} (${LIMITS.operatorCodeMs / 60_000} minutes)`);
  }
  if (config.gateway.profile !== "default")
    lines.push(`profile ${config.gateway.profile}: no limits, not for production`);
  lines.push(
    "make a person:  npm run guildhall -- sign-up <name>",
    "chat:           npm run guildhall -- chat <group number>",
  );
  process.stdout.write(`${lines.join("\n")}\n`);
});
