import type { Session } from "@guildhall/client";
import { toBase64Url } from "@guildhall/kernel";
import { LIMITS, type ProfileArgs } from "@guildhall/proto";
import { expect, test } from "vitest";
import { type StandaloneBench, startBench } from "./bench.ts";
import { guildhall } from "./cli.ts";

const PROFILE: ProfileArgs = { name: "Book club", category: "interest" };

type Line = { s: number; k: string; ts: number; b: { t?: string }; n?: string; rev?: number; x?: number };

/** `guildhall export` by somebody. */
async function exported(bench: StandaloneBench, session: Session, ...words: string[]) {
  const { code, out, err } = await guildhall(bench, session, "export", ...words);
  const lines = out.split("\n");
  return { code, end: lines.pop(), events: lines.map((line) => JSON.parse(line) as Line), err };
}

/** A group of two pages and some messages, the first of them edited and the last taken back. */
async function newGroup() {
  const bench = await startBench();
  const [ann, bob] = await bench.people(2);
  if (ann === undefined || bob === undefined) throw new Error("nobody");
  const owner = await bench.client(ann);
  const { g } = await owner.createGroup(PROFILE);
  const group = owner.group(g);
  const first = await group.send("first");
  await Promise.all(Array.from({ length: 2 * LIMITS.pageMax }, (_, i) => group.send(`message ${i}`)));
  const last = await group.send("last");
  await group.edit(first.s, "first of all");
  const recall = await group.recall(last.s);
  return { bench, ann, bob, group, g: String(g), first, last, head: recall.s };
}

test("an export is the history as it stands now, an event a line, and goes on where one was broken off", async () => {
  const { bench, ann, group, g, first, last, head } = await newGroup();
  const page = await group.history({ a: 140, z: 160 });

  const all = await exported(bench, ann, g);
  const rest = await exported(bench, ann, g, "--after", "150");
  const none = await exported(bench, ann, g, "--after", String(head));

  expect([all.code, all.end, all.err]).toEqual([0, "", ""]);
  expect(all.events.map(({ s }) => s)).toEqual(Array.from({ length: head }, (_, i) => i + 1));
  expect(all.events[first.s - 1]).toMatchObject({ k: "text", b: { t: "first of all" }, rev: head - 1 });
  expect(all.events[last.s - 1]).toMatchObject({ k: "text", b: {}, x: 1, rev: head });
  expect(all.events.slice(139, 160)).toEqual(
    page.e.map((event) => ({ ...event, n: toBase64Url(event.n ?? new Uint8Array()) })),
  );
  expect(rest.events).toEqual(all.events.slice(150));
  expect([none.code, none.events]).toEqual([0, []]);
});

test("an export by date has what was said from the one up to the other", async () => {
  const { bench, ann, g, head } = await newGroup();
  const { events } = await exported(bench, ann, g);
  const time = (s: number) => new Date(events[s - 1]?.ts ?? 0).toISOString();
  await bench.restart();

  const some = await exported(bench, ann, g, "--from", time(30), "--to", time(170));
  const later = await exported(bench, ann, g, "--from", time(30), "--to", time(170), "--after", "160");
  const old = await exported(bench, ann, g, "--to", "2020-01-01");

  expect(some.events).toEqual(events.slice(29, 169));
  expect(later.events).toEqual(events.slice(160, 169));
  expect([old.code, old.events]).toEqual([0, []]);
  expect(head).toBeGreaterThan(170);
});

test("who may not read the history is refused, also in the middle of an export", async () => {
  const { bench, bob, group, g } = await newGroup();

  expect(await exported(bench, bob, g)).toMatchObject({ code: 1, events: [], err: expect.stringContaining("NOT_") });

  const member = await bench.client(bob);
  await member.group(Number(g)).join();
  const pages = member.group(Number(g)).export();
  expect((await pages.next()).value).toHaveLength(LIMITS.pageMax);
  await group.kick(bob.u);
  await expect(pages.next()).rejects.toMatchObject({ code: expect.stringMatching(/^NOT_/) });
});
