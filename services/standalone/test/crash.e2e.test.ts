import { join } from "node:path";
import { addPeople, type Client, claimOperator, connect, type Session } from "@guildhall/client";
import { scratchFolder, until } from "@guildhall/testkit";
import { expect, onTestFinished, test } from "vitest";
import { clientOptions, freePort, record } from "./bench.ts";
import { type ServerProcess, startProcess } from "./process.ts";

const PROFILE = { name: "Crash", category: "study" } as const;
/** Reconnects soon, so that the test does. */
const BACKOFF = { startMs: 20, maxMs: 200 };

async function settingsOf(): Promise<Record<string, string>> {
  const folder = await scratchFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const [api, gateway] = [await freePort(), await freePort()];
  const ports = { API_PORT: String(api), GATEWAY_PORT: String(gateway) };
  return { ...ports, GUILDHALL_DATA: join(folder.path, "data"), GUILDHALL_PROFILE: "loadtest" };
}

async function peopleOf(server: ServerProcess, count: number): Promise<Session[]> {
  const { key } = await claimOperator(server.http, server.operatorCode ?? "");
  const added = await addPeople(
    server.http,
    key,
    Array.from({ length: count }, (_, i) => `person_${i}`),
  );
  return added.flatMap((person) => ("access" in person ? [person] : []));
}

async function connected(server: ServerProcess, session: Session): Promise<Client> {
  const client = connect(clientOptions(server.websocket, session, { backoff: BACKOFF, commandTimeoutMs: 60_000 }));
  onTestFinished(() => client.close());
  await client.ready();
  return client;
}

test("kill -9 in the middle of talk: nothing that was answered is lost, doubled or out of order", {
  timeout: 120_000,
}, async () => {
  const settings = await settingsOf();
  let server = await startProcess(settings);
  const clients = await Promise.all((await peopleOf(server, 3)).map((person) => connected(server, person)));
  const [owner] = clients;
  if (owner === undefined) throw new Error("nobody");
  const { g } = await owner.createGroup(PROFILE);
  for (const client of clients.slice(1)) await client.group(g).join();
  const seen = clients.map((client) => record(client, g));
  await Promise.all(clients.map((client) => client.group(g).subscribe()));

  const answered: { seq: number; text: string }[] = [];
  const talk = clients.map(async (client, who) => {
    for (let i = 0; i < 150; i++) {
      const text = `${who}:${i}`;
      const { s } = await client.group(g).send(text);
      answered.push({ seq: s, text });
    }
  });
  for (let kills = 0; kills < 2; kills++) {
    const before = answered.length;
    await until(() => answered.length > before + 60, 30_000);
    await server.end("SIGKILL");
    server = await startProcess(settings);
  }
  await Promise.all(talk);

  const head = Math.max(...answered.map(({ seq }) => seq));
  await until(() => seen.every((events) => events.at(-1)?.seq === head), 20_000);
  const said = (seen[0] ?? [])
    .filter(({ kind }) => kind === "text")
    .map(({ seq, body }) => ({ seq, text: (body as { t: string }).t }));
  expect(said).toEqual([...answered].sort((a, b) => a.seq - b.seq));
  expect(new Set(said.map(({ text }) => text)).size).toBe(450);
  expect(said.map(({ seq }) => seq)).toEqual(said.map((_, i) => (said[0]?.seq ?? 0) + i));
  expect(seen[1]?.slice(-450)).toEqual(seen[0]?.slice(-450));
  expect(clients.map(({ violations }) => violations)).toEqual([0, 0, 0]);
  expect(await server.end("SIGTERM")).toBe(0);
});

test("a second start on the same folder, or on taken ports, ends with one sentence", { timeout: 60_000 }, async () => {
  const settings = await settingsOf();
  await startProcess(settings);
  const other = await settingsOf();

  await expect(startProcess(settings)).rejects.toThrow(
    /ended with code 1: .*another Guildhall runs on the data folder/,
  );
  await expect(startProcess({ ...other, GATEWAY_PORT: settings["GATEWAY_PORT"] ?? "" })).rejects.toThrow(
    /ended with code 1: .*port/,
  );
});

test("a wrong number of partitions is refused, and so are wrong settings, all of them at once", {
  timeout: 60_000,
}, async () => {
  const settings = await settingsOf();
  const server = await startProcess(settings);
  await server.end("SIGTERM");

  await expect(startProcess({ ...settings, PARTITIONS: "8" })).rejects.toThrow(/PARTITIONS=16/);
  await expect(startProcess({ ...settings, PARTITIONS: "many", API_PORT: "-1" })).rejects.toThrow(
    /PARTITIONS[^]*API_PORT/,
  );
});
