import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Client, connect, signIn } from "@guildhall/client";
import { scratchFolder } from "@guildhall/testkit";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { clientOptions } from "./bench.ts";
import { type ServerProcess, startProcess } from "./process.ts";

/** Data that a server of format 1 left behind at a `kill -9`: ann's group, which ben is in, and one of ben's. */
const FIXTURE = new URL("format-1/", import.meta.url);
const SETTINGS = { PARTITIONS: "2", API_PORT: "0", GATEWAY_PORT: "0", GUILDHALL_PROFILE: "loadtest" };
const ANN = { name: "ann_of_format_1", password: "ann keeps this" };
const BEN = { name: "ben_of_format_1", password: "ben keeps this" };
const CREATED_MS = 1_795_339_811_401;

let data: string;
let files: { readonly journal: Buffer; readonly store: Buffer };

beforeEach(async () => {
  const folder = await scratchFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  data = join(folder.path, "data");
  const unpack = async (name: string) => gunzipSync(await readFile(new URL(`${name}.mdb.gz`, FIXTURE)));
  files = { journal: await unpack("journal"), store: await unpack("store") };
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(data, name), { recursive: true });
    await writeFile(join(data, name, "data.mdb"), bytes);
  }
  await installation({ format: 1, partitions: 2 });
});

function installation(content: object): Promise<void> {
  return writeFile(join(data, "installation.json"), JSON.stringify(content));
}

function start(): Promise<ServerProcess> {
  return startProcess({ ...SETTINGS, GUILDHALL_DATA: data });
}

async function signedIn(server: ServerProcess, credentials: typeof ANN): Promise<Client> {
  const client = connect(clientOptions(server.websocket, await signIn(server.http, credentials)));
  onTestFinished(() => client.close());
  await client.ready();
  return client;
}

/** What ann and ben had, read through the newest server, and that it goes on. */
async function readEverything(server: ServerProcess): Promise<void> {
  const [ann, ben] = [await signedIn(server, ANN), await signedIn(server, BEN)];
  const view = await ann.findGroup(369_590_045);
  expect(view).toMatchObject({
    name: "Old readers",
    members: 2,
    at: CREATED_MS,
    slowMs: 0,
    membersMax: 0,
    policy: "group_account",
  });
  expect(await ben.findGroup(471_261_666)).toMatchObject({ members: 1, muteAll: false, slowMs: 0, membersMax: 0 });
  expect((await ben.groups()).map(({ name }) => name).sort()).toEqual(["Late ones", "Old readers"]);
  const { e: events } = await ann.group(view.g).history({ before: 100, lim: 100 });
  expect(events.map(({ s }) => s)).toEqual(events.map((_, i) => i + 1));
  const texts = events.filter(({ k }) => k === "text").map(({ b }) => (b as { t: string }).t);
  expect(texts.slice(0, 3)).toEqual(["first", "second", "third"]);
  await ben.group(view.g).send("a new one");
}

test("data of format 1 are migrated, with all that was in them, and a copy is kept as they were", {
  timeout: 60_000,
}, async () => {
  const server = await start();

  await readEverything(server);
  expect(JSON.parse(await readFile(join(data, "installation.json"), "utf8"))).toEqual({ format: 4, partitions: 2 });
  const [copy = ""] = await readdir(join(data, "kept"));
  expect(copy).toMatch(/^format-1-/);
  for (const [name, bytes] of Object.entries(files)) {
    expect(bytes.equals(await readFile(join(data, "kept", copy, name, "data.mdb")))).toBe(true);
  }
  expect(await server.end("SIGTERM")).toBe(0);
  const second = await start();
  await readEverything(second);
  expect(await readdir(join(data, "kept"))).toEqual([copy]);
});

test("a migration that was broken off is begun again, whether it had done all of it or nothing", {
  timeout: 60_000,
}, async () => {
  await installation({ format: 4, partitions: 2, from: 1 });
  const server = await start();
  await readEverything(server);
  await server.end("SIGKILL");

  await installation({ format: 4, partitions: 2, from: 1 });
  await readEverything(await start());
});

test("records of format 3 are read as they are, and a version that cannot read those that follow refuses the folder", {
  timeout: 60_000,
}, async () => {
  const first = await start();
  await first.end("SIGKILL");
  await installation({ format: 3, partitions: 2 });

  await readEverything(await start());

  expect(JSON.parse(await readFile(join(data, "installation.json"), "utf8"))).toEqual({ format: 4, partitions: 2 });
  const copies = await readdir(join(data, "kept"));
  expect(copies.filter((name) => name.startsWith("format-3-"))).toHaveLength(1);
});

test.each([
  ["a newer format", { format: 5, partitions: 2 }, /have format 5; this version reads format 4/],
  ["a format that is none", { format: "two", partitions: 2 }, /have format two/],
  ["another number of partitions, before anything is migrated", { format: 1, partitions: 8 }, /PARTITIONS=8/],
])("%s is refused with one sentence, and nothing is changed", { timeout: 60_000 }, async (_, content, sentence) => {
  await installation(content);

  await expect(start()).rejects.toThrow(sentence);

  expect(JSON.parse(await readFile(join(data, "installation.json"), "utf8"))).toEqual(content);
  for (const [name, bytes] of Object.entries(files)) {
    expect(bytes.equals(await readFile(join(data, name, "data.mdb")))).toBe(true);
  }
});

test("data without their format are refused, not taken for new ones", { timeout: 60_000 }, async () => {
  await writeFile(join(data, "installation.json"), "{");
  await expect(start()).rejects.toThrow(/ended with code 1: .*installation.json is damaged/);
});
