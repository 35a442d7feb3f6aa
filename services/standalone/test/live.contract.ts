import type { Client, GroupItem } from "@guildhall/client";
import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import type { StartBench } from "./bench.ts";

const PROFILE = { name: "Book club", category: "interest", tags: [], intro: "" } as const;

/** What every composition must do: passive groups, reading, typing, presence. */
export function liveContract(startBench: StartBench): void {
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

  test("how far one has read survives a restart, and unread messages are a difference", async () => {
    const { bench, clients, g } = await newGroup(2);
    const [owner, phone] = clients;
    for (const client of [owner, phone]) await client.group(g).subscribe();
    const items = itemsOf(owner, g);
    for (const text of ["one", "two", "three"]) await owner.group(g).send(text);
    const page = await phone.group(g).history({ before: 1_000 });
    const two = page.e.find(({ b }) => JSON.stringify(b).includes("two"));

    phone.group(g).read(two?.s ?? 0);
    const list = async (client: Client) => (await client.groups())[0];
    await until(async () => (await list(phone))?.read !== undefined);
    await bench.restart();
    await until(
      () => phone.state.phase === "up" && items.some((item) => item.type === "state" && item.state === "back"),
    );
    const row = await list(phone);

    expect(row?.read).toMatchObject({ s: two?.s, m: 2 });
    expect((phone.group(g).state?.m ?? 0) - (row?.read?.m ?? 0)).toBe(1);
  }, 120_000);

  test("the others see who is typing, until their message comes", async () => {
    const { clients, g } = await newGroup(2);
    const [owner, bob] = clients;
    for (const client of clients) await client.group(g).subscribe();
    const items = itemsOf(owner, g);

    bob.group(g).typing();
    await until(() => items.some(({ type }) => type === "typing"));
    await bob.group(g).send("done");
    await until(() => items.at(-1)?.type === "event");

    expect(items.filter(({ type }) => type === "typing")).toEqual([
      { type: "typing", u: [bob.me] },
      { type: "typing", u: [] },
    ]);
  });

  test("how many are present is asked for and told, by members only, and falls when one goes", async () => {
    const { bench, clients, g } = await newGroup(3);
    const [owner, bob, cid] = clients;
    const outsider = await bench.client((await bench.people(1))[0] as never);
    const items = itemsOf(owner, g);
    await owner.group(g).subscribe();
    await bob.group(g).subscribe({ mode: "passive" });
    await cid?.group(g).subscribe();
    const online = () => items.filter((item) => item.type === "online").map(({ on }) => on);

    await until(() => online().at(-1) === 3, 15_000);
    const asked = await owner.group(g).online();
    await bob.close();
    await until(() => online().at(-1) === 2, 15_000);

    expect(asked).toBe(3);
    expect(await cid?.group(g).online()).toBe(2);
    await expect(outsider.group(g).online()).rejects.toMatchObject({ code: "NOT_MEMBER" });
  }, 40_000);
}
