import { createHash, createPrivateKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signCheckpoint } from "@guildhall/cli/checkpoint";
import type { Session } from "@guildhall/client";
import { hashOfAct, NO_HASH } from "@guildhall/group";
import type { AuditView } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import { type StandaloneBench, startBench } from "./bench.ts";
import { guildhall } from "./cli.ts";

const audit = (bench: StandaloneBench, session: Session, ...words: string[]) =>
  guildhall(bench, session, "audit", ...words);

/** A group with six acts on record, of which the export is the last, and a file with it. */
async function recorded() {
  const bench = await startBench();
  const [ann, bob] = await bench.people(2);
  if (ann === undefined || bob === undefined) throw new Error("nobody");
  const owner = await bench.client(ann);
  const { g } = await owner.createGroup({ name: "Book club", category: "interest" });
  await (await bench.client(bob)).group(g).join();
  const group = owner.group(g);
  await group.kick(bob.u, "spam\nmore");
  for (const intro of ["a", "b", "c"]) await group.editProfile({ intro });
  const exported = await audit(bench, ann, "export", String(g));
  const file = join(bench.path, "acts.jsonl");
  writeFileSync(file, exported.out);
  return { bench, ann, bob, g: String(g), file };
}

test("S29: an export is verified without the server, and goes on where it was noted to end", async () => {
  const { bench, ann, g, file } = await recorded();

  const first = await audit(bench, ann, "verify", file);
  const end = /the end is (6:[0-9a-f]{64})/.exec(first.out)?.[1] ?? "";
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining("acts 1 to 6") });
  expect(await audit(bench, ann, "verify", file, "--end", end)).toMatchObject({ code: 0 });

  const last = await bench.client(ann);
  await last.group(Number(g)).editProfile({ intro: "d" });
  const more = join(bench.path, "more.jsonl");
  writeFileSync(more, (await audit(bench, ann, "export", g, "--after", "6")).out);

  expect(await audit(bench, ann, "verify", more, "--after", end)).toMatchObject({
    code: 0,
    out: expect.stringContaining("acts 7 to 7"),
  });
});

test("S29: what was changed, left out, added, moved or cut off is found, and where", async () => {
  const { bench, ann, file } = await recorded();
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const [a = "", b = "", c = "", d = "", e = ""] = lines.slice(0, 5);
  const end = `5:${(JSON.parse(e) as { hash: string }).hash}`;
  const verified = async (...changed: string[]) => {
    writeFileSync(file, `${changed.join("\n")}\n`);
    return await audit(bench, ann, "verify", file, "--end", end);
  };

  expect(await verified(a, b.replace("spam", "ham"), c, d, e)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^line 2: act 2 is not/),
  });
  expect(await verified(a, c, d, e)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^line 2: act 2 is missing/),
  });
  expect(await verified(a, b, b, c, d, e)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^line 3: act 3 is missing/),
  });
  expect(await verified(a, c, b, d, e)).toMatchObject({ code: 1, err: expect.stringMatching(/^line 2/) });
  expect(await verified(a, b, c, d)).toMatchObject({ code: 1, err: expect.stringMatching(/^acts 5 to 5 are missing/) });
  expect(await verified(a, "{}", c, d, e)).toMatchObject({ code: 1, err: expect.stringMatching(/^line 2 is no act/) });
  expect(await verified(a, b, c, d, e)).toMatchObject({ code: 0 });
});

test("S29: the newest acts are listed in words, an act a line, and only to who may see them", async () => {
  const { bench, ann, bob, g } = await recorded();

  const all = await audit(bench, ann, "list", g);
  const one = await audit(bench, ann, "list", g, "--action", "member.kick");

  expect(all.out.trimEnd().split("\n")).toHaveLength(7);
  expect(one.out).toMatch(/^2 {2}20.* \(owner\) member\.kick on .*: .*"kicked".* \(spam\n {14}more\)\n$/);
  expect(await audit(bench, ann, "list", g, "--by", String(bob.u))).toMatchObject({ code: 0, out: "" });
  expect(await audit(bench, bob, "list", g)).toMatchObject({ code: 1, err: expect.stringContaining("NOT_MEMBER") });
});

/** Eight acts, of which six and then all were signed. */
async function signedTwice() {
  const made = await recorded();
  const { bench, ann, g, file } = made;
  const path = (name: string) => join(bench.path, name);
  const [key, to] = [path("auditor.key"), path("checkpoints.jsonl")];
  expect(await audit(bench, ann, "key", key)).toMatchObject({ code: 0 });
  const sign = (...words: string[]) => audit(bench, ann, "sign", g, "--key", key, "--to", to, ...words);
  expect(await sign()).toMatchObject({ code: 0, out: expect.stringMatching(/^signed: the acts end at 6:/) });
  expect(await sign()).toMatchObject({ code: 0, out: expect.stringMatching(/^nothing new/) });
  const client = await bench.client(ann);
  for (const intro of ["d", "e"]) await client.group(Number(g)).editProfile({ intro });
  expect(await sign()).toMatchObject({ code: 0, out: expect.stringMatching(/^signed: the acts end at 8:/) });
  writeFileSync(file, (await audit(bench, ann, "export", g)).out);
  const verify = () => audit(bench, ann, "verify", file, "--checkpoints", to, "--public", `${key}.pub`);
  return { ...made, key, to, path, sign, verify };
}

const linesOf = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n");
const write = (path: string, lines: readonly string[]) => writeFileSync(path, `${lines.join("\n")}\n`);

/** The same acts with another reason in the second, each with the hash that fits. */
function forged(lines: readonly string[]): string[] {
  let before = NO_HASH;
  return lines.map((line) => {
    const act = JSON.parse(line.replace("spam", "ham")) as AuditView & { g: number };
    before = hashOfAct(act.g, before, act, (text) => createHash("sha256").update(text).digest("hex"));
    return JSON.stringify({ ...act, hash: before });
  });
}

test("S29: eight ways to tamper with signed acts are found without the server", async () => {
  const { bench, ann, file, to, key, path, verify } = await signedTwice();
  const acts = linesOf(file);
  const [first = "", second = ""] = linesOf(to);
  expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining("agree with 2 checkpoints") });
  const found = async (changed: readonly string[], checkpoints = [first, second]) => {
    write(file, changed);
    write(to, checkpoints);
    const { code, err } = await verify();
    expect(code).toBe(1);
    return err;
  };
  const [a = "", b = "", c = "", ...rest] = acts;

  expect(await found([a, b.replace("spam", "ham"), c, ...rest])).toMatch("line 2: act 2 is not what was recorded");
  expect(await found([a, c, ...rest])).toMatch("line 2: act 2 is missing");
  expect(await found([a, b, b, c, ...rest])).toMatch("line 3");
  expect(await found([a, c, b, ...rest])).toMatch("line 2");
  expect(await found(acts.slice(0, 7))).toMatch("acts 8 to 8 were signed and are missing at the end");
  expect(await found(acts, [second, first])).toMatch("line 1 does not follow the one before");
  expect(await found(forged(acts))).toMatch("line 6: act 6 is not what was signed");
  expect(await found(acts, [first.replace('"n":6', '"n":4'), second])).toMatch("line 1 is not signed with this key");

  await audit(bench, ann, "key", path("other.key"));
  write(to, [first, second]);
  const other = await audit(bench, ann, "verify", file, "--checkpoints", to, "--public", path("other.key.pub"));
  expect(other).toMatchObject({ code: 1, err: expect.stringMatching("line 1 is not signed with this key") });
  expect(await audit(bench, ann, "key", key)).toMatchObject({
    code: 1,
    err: expect.stringMatching("is there already"),
  });
});

test("S29: what was signed and is not found again is not signed over", async () => {
  const { to, g, sign, key } = await signedTwice();
  const [first = ""] = linesOf(to);
  const { hash } = JSON.parse(first) as { hash: string };
  const secret = createPrivateKey(readFileSync(key));
  const claim = (n: number, of: string) =>
    write(to, [JSON.stringify(signCheckpoint({ g: Number(g), n, hash: of, at: 1, prev: NO_HASH }, secret))]);

  claim(9, hash);
  expect(await sign()).toMatchObject({ code: 1, err: expect.stringMatching(/^not signed: acts 9 to 9 were there/) });
  claim(8, hash);
  expect(await sign()).toMatchObject({ code: 1, err: expect.stringMatching(/^not signed: act 8 has become another/) });
  claim(3, hash);
  expect(await sign()).toMatchObject({ code: 1, err: expect.stringMatching(/^not signed: act 4 is not/) });
  writeFileSync(to, first.slice(0, 40));
  expect(await sign()).toMatchObject({ code: 1, err: expect.stringMatching(/the last line is cut off/) });
});

test("S29: with --every new acts are signed as they come, until something is wrong", async () => {
  const { bench, ann, to, g, sign } = await signedTwice();
  const [carl = ann] = await bench.people(1);
  const group = (await bench.client(carl)).group(Number(g));
  await group.join();

  const signing = sign("--every", "1");
  await expect(group.kick(ann.u)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await until(() => linesOf(to).length === 3);
  write(to, linesOf(to).slice(1));

  expect(await signing).toMatchObject({ code: 1, err: expect.stringMatching(/line 1 does not follow/) });
});
