import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { until } from "@guildhall/testkit";
import { describe, expect, test } from "vitest";
import { record, startBench } from "./bench.ts";

const CLIENT = fileURLToPath(new URL("../../../docs/protocol/python-client.py", import.meta.url));
const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe.skipIf(!hasPython)("needs python3", () => {
  test("the Python client of the protocol pages joins, sends and receives", { timeout: 60_000 }, async () => {
    const bench = await startBench();
    const [person] = await bench.people(1);
    const owner = person && (await bench.client(person));
    if (owner === undefined) throw new Error("nobody");
    const view = await owner.createGroup({ name: "Snakes", category: "study" });
    const seen = record(owner, view.g);
    await owner.group(view.g).subscribe();

    const python = promisify(execFile)("python3", [CLIENT, String(view.number), "hello from Python", "2"], {
      env: { ...process.env, GUILDHALL_API: bench.server.http, GUILDHALL_URL: bench.server.websocket },
    });
    await until(() => seen.some(({ body }) => JSON.stringify(body) === '{"t":"hello from Python"}'), 30_000);
    await owner.group(view.g).send("welcome, snake");
    const { stdout } = await python;

    expect(seen.map(({ kind }) => kind)).toContain("member.join");
    expect(stdout).toContain("welcome, snake");
  });
});
