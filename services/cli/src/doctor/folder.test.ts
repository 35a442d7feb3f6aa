import { chmod, mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FORMAT, JOURNAL_CHECKPOINT, lockFolder, writeInstallation } from "@guildhall/installation";
import { timestampOf } from "@guildhall/store";
import { scratchFolder } from "@guildhall/testkit";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openFolder } from "../installation/folder.ts";
import { FILLED, fill, LAST, PARTITIONS } from "../move/testing.ts";
import { type Diagnosis, diagnose } from "./finding.ts";
import { folderChecks } from "./folder.ts";
import { judgeRoom, type Machine } from "./machine.ts";
import { judgeEnds } from "./rows.ts";

const MIB = 2 ** 20;
const room = { free: 100_000 * MIB, total: 200_000 * MIB };
let path: string;

beforeEach(async () => {
  const folder = await scratchFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  path = join(folder.path, "data");
  await mkdir(path, { mode: 0o700 });
});

/** An installation that is well. */
async function filled(): Promise<void> {
  await writeInstallation(path, { format: FORMAT, partitions: PARTITIONS });
  for (const file of ["token-key.json", "operator.json"]) await writeFile(join(path, file), "{}", { mode: 0o600 });
  const side = await openFolder(path, [], (p) => FILLED[p]?.first ?? 1);
  await fill(side, 3, 10);
  await side[Symbol.asyncDispose]();
}

function look(change: Partial<Machine> = {}): Promise<Diagnosis> {
  const machine: Machine = { nodeVersion: "20.20.2", text: async () => undefined, room: async () => room, ...change };
  return diagnose(folderChecks(path, machine, () => Date.now()));
}
const bad = (diagnosis: Diagnosis): string[] =>
  diagnosis.filter(({ state }) => state !== "ok").map(({ state, what, mend }) => `${state} ${what} — ${mend ?? ""}`);
const told = (diagnosis: Diagnosis): string => diagnosis.map(({ what }) => what).join("\n");

test("a folder that is well has nothing to mend, and says how far the store is", async () => {
  await filled();

  const diagnosis = await look();

  expect(bad(diagnosis)).toEqual([]);
  expect(told(diagnosis)).toContain(`journal: ${PARTITIONS} partitions, 20 records not stored yet, 20 read`);
  expect(told(diagnosis)).toContain("store: all 42 rows can be read");
  expect(told(diagnosis)).toMatch(/journal: lmdb data of version \d/);
});

test("a folder that is not there, or that nothing was started in", async () => {
  expect(bad(await look())).toEqual([]);
  await rm(path, { recursive: true });
  expect(bad(await look())).toEqual([expect.stringMatching(/^wrong there is no folder .* — set GUILDHALL_DATA/)]);
});

describe("of an installation", () => {
  beforeEach(filled);

  test.each([
    [
      "a newer format",
      { format: FORMAT + 1, partitions: 4 },
      new RegExp(`^wrong the data have format ${FORMAT + 1}; this version reads up to ${FORMAT} — start the version`),
    ],
    [
      "an older format",
      { format: 1, partitions: 4 },
      new RegExp(`^warn the data have format 1, this version's is ${FORMAT} — start the server`),
    ],
    [
      "a change broken off",
      { format: FORMAT, partitions: 4, from: 1 },
      /^warn the change from format 1 was broken off/,
    ],
  ])("%s", async (_, installation, sentence) => {
    await writeInstallation(path, installation);

    expect(bad(await look())).toEqual([expect.stringMatching(sentence)]);
  });

  test("the folder of a cluster's keys", async () => {
    await writeFile(join(path, "installation.json"), '{"partitions":16}');

    expect(bad(await look())).toEqual([
      "warn it holds keys of a cluster, whose data are on servers — look at these with doctor --cluster",
    ]);
  });

  test("a damaged or a missing installation.json", async () => {
    await writeFile(join(path, "installation.json"), "{");
    expect(bad(await look())[0]).toMatch(/^wrong .*installation.json is damaged.* — restore the folder/);
    await rm(join(path, "installation.json"));
    expect(bad(await look())[0]).toMatch(/^wrong .*lack installation.json/);
  });

  test("others may look in; the token key is not there", async () => {
    await chmod(path, 0o755);
    await rm(join(path, "token-key.json"));

    expect(bad(await look())).toEqual([
      expect.stringMatching(/^warn the data folder has mode 755: others may look in — chmod go= /),
      expect.stringMatching(/^warn token-key.json is not there: everybody will have to sign in again/),
    ]);
  });

  test("no disk left, or little of it", async () => {
    expect(bad(await look({ room: async () => ({ free: 63 * MIB, total: 1_000 * MIB }) }))).toEqual([
      expect.stringMatching(/^wrong 63 MiB of 1000 MiB are free: sends are refused below 64 MiB — make room/),
    ]);
    expect(judgeRoom({ free: 1_000 * MIB, total: 2_000 * MIB }).state).toBe("warn");
    expect(judgeRoom({ free: 3_000 * MIB, total: 100_000 * MIB }).state).toBe("warn");
    expect(bad(await look({ room: () => Promise.reject(new Error("EIO")) }))).toEqual([
      "wrong EIO — look at it by hand",
    ]);
  });

  test("a server that runs on it is told, and nothing of the data is touched", async () => {
    await using _ = await lockFolder(path);

    const diagnosis = await look();

    expect(bad(diagnosis)).toEqual([]);
    expect(told(diagnosis)).toContain("a server runs on it, so journal and store were not read");
  });

  test("no journal, or no store", async () => {
    await rm(join(path, "journal"), { recursive: true });
    expect(bad(await look())[0]).toMatch(/^wrong there is no journal — restore the folder.*new epoch/);
    await rm(join(path, "store"), { recursive: true });
    expect(bad(await look()).length).toBeGreaterThan(0);
  });

  test("a journal that ends before the store does", async () => {
    const side = await openFolder(path);
    const row = { ep: 3, pos: LAST + 5, relay: LAST };
    await side.store.write([{ table: JOURNAL_CHECKPOINT.name, key: [2], row, timestamp: timestampOf(3, LAST + 5) }]);
    await side[Symbol.asyncDispose]();

    expect(bad(await look())).toEqual([
      expect.stringMatching(/^warn partition 2: the journal ends at 30, the store has 35.*new epoch/),
    ]);
  });

  test("a file that is not lmdb's, and one that is damaged", async () => {
    const file = join(path, "journal", "data.mdb");
    const handle = await open(file, "r+");
    await handle.write(Buffer.alloc(64), 0, 64, 0);
    await handle.close();

    expect(bad(await look())[0]).toMatch(/^wrong journal\/data.mdb is not a file of lmdb — restore/);
  });

  test("a row that fails its checksum", async () => {
    const handle = await open(join(path, "store", "data.mdb"), "r+");
    const bytes = await handle.readFile();
    for (let at = bytes.indexOf("message 3"); at >= 0; at = bytes.indexOf("message 3", at + 1)) bytes[at] = 0x4d;
    await handle.write(bytes, 0, bytes.length, 0);
    await handle.close();

    expect(bad(await look())).toEqual([
      expect.stringMatching(/^wrong .*table timeline: the row .* fails its checksum — restore/),
    ]);
  });
});

test("a journal that begins after what the store has is wrong; at the beginning none is needed", () => {
  const checkpoint = { p: 1, ep: 1, pos: 8, relay: 8 };

  expect(judgeEnds(1, { first: 9, last: 12 }, checkpoint)).toBeUndefined();
  expect(judgeEnds(1, { first: 10, last: 12 }, checkpoint)).toMatchObject({
    state: "wrong",
    what: "partition 1: the journal begins at 10, the store ends at 8: what is between is missing",
  });
  expect(judgeEnds(1, { first: 1, last: 0 }, undefined)).toBeUndefined();
  expect(judgeEnds(1, { first: 2, last: 5 }, undefined)?.state).toBe("wrong");
});
