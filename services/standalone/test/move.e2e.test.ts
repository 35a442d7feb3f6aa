import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openFolder } from "@guildhall/cli/folder";
import { moveAll } from "@guildhall/cli/move";
import { endsOf, MOVES } from "@guildhall/cli/move-ends";
import { connect, type Session } from "@guildhall/client";
import { Env } from "@guildhall/config";
import { FORMAT, TABLES, writeInstallation } from "@guildhall/installation";
import { memoryJournal } from "@guildhall/journal/memory";
import type { Table } from "@guildhall/store";
import { memoryStore } from "@guildhall/store/memory";
import { silentLog } from "@guildhall/telemetry/log";
import { until } from "@guildhall/testkit";
import { expect, onTestFinished, test } from "vitest";
import { standaloneConfig } from "../src/config.ts";
import { startStandalone } from "../src/standalone.ts";
import { clientOptions, record, startBench } from "./bench.ts";

const PARTITIONS = 16;
const PROFILE = { name: "Movers", category: "study" } as const;
const quiet = (): void => {};

/** Moves what is in the folder `from` to another kind of installation, and from there to the folder `to`. */
async function moveThere(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  await using source = await openFolder(from);
  const ends = await endsOf(source, PARTITIONS);
  const begins = (p: number) => ends[p]?.first ?? 1;
  const tables = [...TABLES, MOVES] as Table[];
  await using journal = memoryJournal({ begins });
  await using store = memoryStore(tables);
  const between = { name: "the other", journal, store, [Symbol.asyncDispose]: async () => {} };
  await using target = await openFolder(to, [MOVES as never], begins);
  await moveAll({ source, target: between, ends, progress: quiet });
  await moveAll({ source: between, target, ends, progress: quiet });
  await writeInstallation(to, { format: FORMAT, partitions: PARTITIONS });
  for (const file of ["token-key.json", "operator.json"]) await copyFile(join(from, file), join(to, file));
}

async function startOn(path: string) {
  const env = { API_PORT: "0", GATEWAY_PORT: "0", GATEWAY_DRAIN_MS: "0", GUILDHALL_PROFILE: "loadtest" };
  const config = standaloneConfig(new Env({ ...env, GUILDHALL_DATA: path }));
  const server = await startStandalone(config, { log: silentLog, onBroken: quiet });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return async (session: Session) => {
    const client = connect(clientOptions(server.websocket, session));
    onTestFinished(() => client.close());
    await client.ready();
    return client;
  };
}

test("a server goes on where it was after its data have been moved away and back: history, epochs, seqs, sign-ins", {
  timeout: 120_000,
}, async () => {
  const bench = await startBench();
  const [ann, ben] = await bench.people(2);
  if (ann === undefined || ben === undefined) throw new Error("nobody");
  const before = await bench.client(ann);
  const { g } = await before.createGroup(PROFILE);
  await (await bench.client(ben)).group(g).join();
  for (let i = 1; i <= 30; i++) await before.group(g).send(`before ${i}`);
  const { e: history, ep } = await before.group(g).history({ before: 1_000, lim: 100 });
  await bench.server[Symbol.asyncDispose]();
  const moved = `${bench.path}-moved`;

  await moveThere(bench.path, moved);

  const client = await startOn(moved);
  const [annAgain, benAgain] = [await client(ann), await client(ben)];
  const seen = record(benAgain, g);
  await benAgain.group(g).subscribe();
  const again = await annAgain.group(g).history({ before: 1_000, lim: 100 });
  expect(again.e).toEqual(history);
  expect(again.ep).toBe(ep);
  const { s } = await annAgain.group(g).send("after");
  expect(s).toBe((history.at(-1)?.s ?? 0) + 1);
  await until(() => seen.some(({ seq }) => seq === s));
  expect((await annAgain.groups()).map(({ name }) => name)).toEqual(["Movers"]);
});
