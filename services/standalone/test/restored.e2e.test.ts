import { existsSync } from "node:fs";
import { cp, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addPeople, claimOperator, connect, type GroupItem, type Session } from "@guildhall/client";
import { scratchFolder, until } from "@guildhall/testkit";
import { expect, onTestFinished, test } from "vitest";
import { clientOptions, freePort } from "./bench.ts";
import { startProcess } from "./process.ts";

const PROFILE = { name: "Restored", category: "study" } as const;
const BACKOFF = { startMs: 20, maxMs: 200 };

test("a copy from earlier, marked as restored, begins a new epoch: who saw more is told of a gap, and all in it is there", {
  timeout: 120_000,
}, async () => {
  const folder = await scratchFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const data = join(folder.path, "data");
  const ports = { API_PORT: String(await freePort()), GATEWAY_PORT: String(await freePort()) };
  const start = () => startProcess({ ...ports, GUILDHALL_DATA: data, GUILDHALL_PROFILE: "loadtest" });
  const first = await start();
  const { key } = await claimOperator(first.http, first.operatorCode ?? "");
  const [person] = (await addPeople(first.http, key, ["restored_one"])) as Session[];
  if (person === undefined) throw new Error("nobody was added");
  const client = connect(clientOptions(first.websocket, person, { backoff: BACKOFF, commandTimeoutMs: 30_000 }));
  onTestFinished(() => client.close());
  await client.ready();
  const { g } = await client.createGroup(PROFILE);
  const group = client.group(g);
  const told: GroupItem[] = [];
  group.listen((item) => told.push(item));
  await group.subscribe();
  const before = await group.send("in the copy");
  expect(await first.end("SIGTERM")).toBe(0);
  await cp(data, join(folder.path, "copy"), { recursive: true });

  const second = await start();
  const lost = await group.send("after the copy");
  expect(await second.end("SIGTERM")).toBe(0);
  await rename(data, join(folder.path, "old"));
  await cp(join(folder.path, "copy"), data, { recursive: true });
  await writeFile(join(data, "restored"), "");
  const third = await start();
  const after = await group.send("in the new epoch");

  expect([before, lost, after].map(({ ep, s }) => [ep, s])).toEqual([
    [1, before.s],
    [1, before.s + 1],
    [2, before.s + 1],
  ]);
  const isTold = (text: string) =>
    told.some((item) => item.type === "event" && (item.event.b as { t?: string }).t === text);
  await until(() => isTold("in the new epoch"), 10_000);
  expect(told.filter(({ type }) => type === "gap")).toMatchObject([{ why: "epoch" }]);
  const page = await group.history({ before: 1_000, lim: 100 });
  const texts = page.e.filter(({ k }) => k === "text").map(({ b }) => (b as { t: string }).t);
  expect({ ep: page.ep, texts }).toEqual({ ep: 2, texts: ["in the copy", "in the new epoch"] });
  expect(existsSync(join(data, "restored"))).toBe(false);
  expect(await third.end("SIGTERM")).toBe(0);
});
