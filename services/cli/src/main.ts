import { homedir } from "node:os";
import { join } from "node:path";
import { runCli } from "./cli.ts";

const data = process.env["GUILDHALL_DATA"] ?? "data";

process.exitCode = await runCli(process.argv.slice(2), {
  api: process.env["GUILDHALL_API"] ?? "http://127.0.0.1:7080",
  url: process.env["GUILDHALL_URL"] ?? "ws://127.0.0.1:7000/ws",
  sessionFile: join(process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "guildhall", "session.json"),
  keyFile: join(data, "operator.key"),
  permissionSocket: join(data, "permission.sock"),
  dataFolder: data,
  settings: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
// Sockets that are being closed must not keep a finished command.
process.exit();
