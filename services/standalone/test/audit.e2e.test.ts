import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Session } from "@guildhall/client";
import { expect, test } from "vitest";
import { type StandaloneBench, startBench } from "./bench.ts";
import { guildhall } from "./cli.ts";

const audit = (bench: StandaloneBench, session: Session, ...words: string[]) =>
  guildhall(bench, session, "audit", ...words);

/** A group with five acts on record, and a file with their export. */
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
  const end = /the end is (5:[0-9a-f]{64})/.exec(first.out)?.[1] ?? "";
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining("acts 1 to 5") });
  expect(await audit(bench, ann, "verify", file, "--end", end)).toMatchObject({ code: 0 });

  const last = await bench.client(ann);
  await last.group(Number(g)).editProfile({ intro: "d" });
  const more = join(bench.path, "more.jsonl");
  writeFileSync(more, (await audit(bench, ann, "export", g, "--after", "5")).out);

  expect(await audit(bench, ann, "verify", more, "--after", end)).toMatchObject({
    code: 0,
    out: expect.stringContaining("acts 6 to 6"),
  });
});

test("S29: what was changed, left out, added, moved or cut off is found, and where", async () => {
  const { bench, ann, file } = await recorded();
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const [a = "", b = "", c = "", d = "", e = ""] = lines;
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

  expect(all.out.trimEnd().split("\n")).toHaveLength(6);
  expect(one.out).toMatch(/^2 {2}20.* \(owner\) member\.kick on .*: .*"kicked".* \(spam\n {14}more\)\n$/);
  expect(await audit(bench, ann, "list", g, "--by", String(bob.u))).toMatchObject({ code: 0, out: "" });
  expect(await audit(bench, bob, "list", g)).toMatchObject({ code: 1, err: expect.stringContaining("NOT_MEMBER") });
});
