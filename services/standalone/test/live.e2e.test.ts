import type { Client, GroupItem } from "@guildhall/client";
import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import { startBench } from "./bench.ts";

const PROFILE = { name: "Book club", category: "interest", tags: [], intro: "" } as const;

/** A group of the first person; the others have joined. */
async function newGroup(members: number) {
  const bench = await startBench();
  const sessions = await bench.people(members);
  const clients = (await Promise.all(sessions.map((session) => bench.client(session)))) as [
    Client,
    Client,
    ...Client[],
  ];
  const [owner] = clients;
  const { g } = await owner.createGroup({ ...PROFILE, tags: [] });
  for (const client of clients.slice(1)) await client.group(g).join();
  return { bench, sessions, clients, g };
}

/** Every item of the group the client is told. */
function itemsOf(client: Client, g: number): GroupItem[] {
  const items: GroupItem[] = [];
  client.group(g).listen((item) => items.push(item));
  return items;
}

test("a passive group tells where it is, catches up when made active, and says when one is removed", async () => {
  const { clients, g } = await newGroup(2);
  const [owner, bob] = clients;
  const items = itemsOf(bob, g);
  await bob.group(g).subscribe({ mode: "passive" });

  await owner.group(g).send("one");
  const two = await owner.group(g).send("two", { mn: [bob.me] });
  await until(() => items.some((item) => item.type === "head" && item.s === two.s));
  const before = items.filter(({ type }) => type === "event");
  await bob.group(g).subscribe();
  await until(() => items.filter(({ type }) => type === "event").length === 2);
  await bob.group(g).subscribe({ mode: "passive" });
  await owner.group(g).kick(bob.me);
  await until(() => items.at(-1)?.type === "state");

  expect(before).toEqual([]);
  expect(items.findLast(({ type }) => type === "head")).toMatchObject({ s: two.s, m: two.m, mn: 1 });
  expect(items.at(-1)).toMatchObject({ type: "state", state: "removed" });
  expect(items.filter(({ type }) => type === "event")).toHaveLength(2);
});
