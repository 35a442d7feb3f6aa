import { type Client, signUp } from "@guildhall/client";
import type { Event } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import type { Bench, StartBench } from "./bench.ts";

const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });
const NINE = { title: "Hours", t: "We open at nine." };
const TEN = { title: "New hours", t: "We open at ten." };
/** SPEAK_AS_GROUP, PUBLISH_ANNOUNCEMENT and PIN_MESSAGE. */
const SPOKESPERSON: [number, number] = [2 ** 27 + 2 ** 17 + 2 ** 16, 0];
const EVENT_MANAGER = 5;
const CONTENT_MODERATOR = 4;

/** What every composition must do: announcements, in one's own name and as the group. */
export function announcementsContract(startBench: StartBench): void {
  async function newGroup() {
    const bench = await startBench();
    const [owner, speaker, manager, moderator] = await Promise.all(
      ["owner", "speaker", "manager", "moderator"].map((word) => withPassword(bench, word)),
    );
    if (!owner || !speaker || !manager || !moderator) throw new Error("nobody");
    const [person] = await bench.people(1);
    if (person === undefined) throw new Error("nobody");
    const bob = await bench.client(person, { encoding: "json" });
    const { g } = await owner.createGroup({ name: "Book club", category: "interest" });
    for (const one of [speaker, manager, moderator, bob]) await one.group(g).join();
    await owner.group(g).createRole({ name: "Spokesperson", rank: 400, p: SPOKESPERSON });
    const role = (await owner.group(g).roles()).find(({ name }) => name === "Spokesperson")?.id ?? 0;
    await owner.group(g).assignRole(speaker.me, role);
    await owner.group(g).assignRole(manager.me, EVENT_MANAGER);
    await owner.group(g).assignRole(moderator.me, CONTENT_MODERATOR);
    return { bench, g, owner, speaker, manager, moderator, bob };
  }

  test("S31, S86: an announcement is published as the group, changed by another who may, and withdrawn; each is told", async () => {
    const { g, owner, speaker, bob } = await newGroup();
    const seen = announcedTo(bob, g);
    await bob.group(g).subscribe();

    const { s } = await speaker.group(g).announcements.publish(NINE, { as: "group", mn: "all" });
    await owner.group(g).announcements.edit(s, TEN, { as: "group" });
    const shown = (await bob.group(g).history({ a: s, z: s })).e;
    const last = await owner.group(g).announcements.withdraw(s, { as: "group", why: "a mistake" });

    await until(() => seen.at(-1)?.s === last.s);
    expect(seen).toMatchObject([
      { k: "announcement.publish", u: 0, gr: 1, b: NINE, mn: "all" },
      { k: "announcement.edit", u: 0, gr: 1, b: { s, b: TEN } },
      { k: "announcement.withdraw", u: 0, gr: 1, b: { s }, why: "a mistake" },
    ]);
    expect(JSON.stringify(seen)).not.toContain(String(speaker.me));
    expect(shown).toMatchObject([{ k: "announcement.publish", b: TEN, rev: s + 1 }]);
    expect((await bob.group(g).history({ a: s, z: s })).e).toMatchObject([{ b: {}, x: 1, rev: last.s }]);
  });

  test("S31, S86: every version is kept with who said it and when, for those who may see it, also through a restart", async () => {
    const { bench, g, owner, speaker, bob } = await newGroup();
    const first = await speaker.group(g).announcements.publish(NINE, { as: "group" });
    await owner.group(g).announcements.edit(first.s, TEN, { as: "group" });
    const second = await owner.group(g).announcements.publish({ title: "Cake", t: "There is cake." });
    await owner.group(g).announcements.withdraw(second.s);

    await bench.restart();

    const by = (u: number) => ({ by: u, gr: 1 });
    expect(await bob.group(g).announcements.list()).toMatchObject({
      announcements: [
        { s: second.s, title: "", n: 1, by: owner.me, gone: { by: owner.me } },
        { s: first.s, title: TEN.title, n: 2, ...by(0), edited: by(0) },
      ],
      more: false,
    });
    expect(await bob.group(g).announcements.list({ lim: 1 })).toMatchObject({ more: true });
    expect((await bob.group(g).announcements.list({ before: second.s })).announcements).toHaveLength(1);
    expect(await bob.group(g).announcements.get(first.s)).toMatchObject({ ...TEN, shown: 2, versions: [by(0), by(0)] });
    const removed = refused("FORBIDDEN", { d: { bit: "VIEW_REMOVED_CONTENT" } });
    await expect(bob.group(g).announcements.get(first.s, 1)).rejects.toEqual(removed);
    await expect(bob.group(g).announcements.get(second.s)).rejects.toEqual(removed);
    const whole = [by(speaker.me), by(owner.me)];
    expect(await owner.group(g).announcements.get(first.s, 1)).toMatchObject({ ...NINE, shown: 1, versions: whole });
    expect(await owner.group(g).announcements.get(second.s)).toMatchObject({ t: "There is cake.", gone: {} });
    await expect(bob.group(g).announcements.get(1)).rejects.toEqual(refused("NOT_FOUND"));
  });

  test("S86: members and content moderators announce nothing; nobody changes another's; a lower rank withdraws no higher one's", async () => {
    const { g, owner, manager, moderator, bob } = await newGroup();
    const needsBit = refused("FORBIDDEN", { d: { bit: "PUBLISH_ANNOUNCEMENT" } });
    const { s } = await owner.group(g).announcements.publish(NINE);
    const his = await manager.group(g).announcements.publish(TEN);

    for (const one of [bob, moderator]) {
      await expect(one.group(g).announcements.publish(NINE)).rejects.toEqual(needsBit);
      await expect(one.group(g).announcements.withdraw(s)).rejects.toEqual(needsBit);
    }
    await expect(manager.group(g).announcements.edit(s, TEN)).rejects.toEqual(refused("FORBIDDEN"));
    await expect(manager.group(g).announcements.withdraw(s)).rejects.toEqual(refused("RANK"));
    await expect(moderator.group(g).delete(s)).rejects.toEqual(refused("NOT_FOUND"));
    await expect(owner.group(g).edit(s, "as a message")).rejects.toEqual(refused("NOT_FOUND"));
    await expect(owner.group(g).announcements.edit(s, NINE)).rejects.toEqual(refused("ALREADY"));
    await expect(owner.group(g).announcements.edit(s, { title: " ", t: "x" })).rejects.toEqual(refused("BAD_ARGS"));
    await owner.group(g).announcements.withdraw(his.s);
    await expect(manager.group(g).announcements.edit(his.s, NINE)).rejects.toEqual(refused("ALREADY"));
  });

  test("S31: a group that announces as itself only refuses whoever announces in their own name", async () => {
    const { g, owner, speaker, manager } = await newGroup();
    await expect(manager.group(g).changeSettings({ official: true })).rejects.toEqual(refused("FORBIDDEN"));
    await owner.group(g).changeSettings({ official: true });

    const official = refused("FORBIDDEN", { d: { official: true } });
    await expect(manager.group(g).announcements.publish(NINE)).rejects.toEqual(official);
    await expect(owner.group(g).announcements.publish(NINE)).rejects.toEqual(official);
    await speaker.group(g).announcements.publish(NINE, { as: "group" });
    expect(await owner.group(g).get()).toMatchObject({ official: true });
    const { acts } = await owner.group(g).audit({ m: "announcement.publish" });
    expect(acts).toMatchObject([
      { u: manager.me, roles: [EVENT_MANAGER], as: 0, refused: "FORBIDDEN" },
      { u: owner.me, owner: true, as: 0, refused: "FORBIDDEN" },
      { u: speaker.me, as: 1, refused: "", args: { b: { sha256: expect.any(String) } } },
    ]);
    expect(JSON.stringify(acts)).not.toContain("nine");
  });

  test("S48: an announcement is pinned like a message, and unpinned when it is withdrawn", async () => {
    const { g, manager, bob } = await newGroup();
    const { s } = await manager.group(g).announcements.publish(NINE);
    await expect(bob.group(g).pin(s)).rejects.toEqual(refused("FORBIDDEN"));

    await manager.group(g).pin(s);
    await bob.group(g).react(s, "👍");
    await bob.group(g).send("good", { re: s });
    expect(await bob.group(g).pins()).toMatchObject([{ s, by: manager.me }]);
    await manager.group(g).announcements.withdraw(s);

    expect(await bob.group(g).pins()).toEqual([]);
    await expect(bob.group(g).send("good", { re: s })).rejects.toEqual(refused("NOT_FOUND"));
  });

  test("S86: everybody is mentioned by one announcement in ten minutes", async () => {
    const { g, owner, manager } = await newGroup();
    await manager.group(g).announcements.publish(NINE, { mn: "all" });

    const soon = await owner
      .group(g)
      .announcements.publish(TEN, { mn: "all" })
      .catch((error: unknown) => error);
    expect(soon).toEqual(refused("SLOW_MODE", { d: { scope: "announcements" } }));
    expect((soon as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(LIMITS.announcementMentionEveryMs / 2);
    await owner.group(g).announcements.publish(TEN);
  });
}

async function withPassword(bench: Bench, word: string): Promise<Client> {
  return bench.client(await signUp(bench.server.http, { name: bench.name(word), password: "correct horse battery" }));
}

/** What a client is told of announcements from now on. */
function announcedTo(client: Client, g: number): Event[] {
  const events: Event[] = [];
  client.group(g).listen((item) => {
    if (item.type === "event" && item.event.k.startsWith("announcement.")) events.push(item.event);
  });
  return events;
}
