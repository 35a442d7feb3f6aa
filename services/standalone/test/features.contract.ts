import { signUp } from "@guildhall/client";
import type { ProfileArgs } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import { record, type StartBench } from "./bench.ts";

const PROFILE: ProfileArgs = { name: "Book club", category: "interest" };
const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });

/** What every composition must do: bans, settings, reactions, pins. */
export function featuresContract(startBench: StartBench): void {
  /** A group of an owner who gave a password, and some members without one; all of them follow it. */
  async function newGroup(members: number) {
    const bench = await startBench();
    const owner = await bench.client(
      await signUp(bench.server.http, { name: bench.name("owner"), password: "correct horse battery" }),
    );
    const { g } = await owner.createGroup(PROFILE);
    const others = await Promise.all((await bench.people(members)).map((person) => bench.client(person)));
    for (const other of others) await other.group(g).join();
    const all = [owner, ...others];
    const seen = all.map((client) => record(client, g));
    await Promise.all(all.map((client) => client.group(g).subscribe()));
    return { bench, owner, others, seen, g };
  }

  test("a ban ends a membership for good, keeps strangers out too, and is lifted", async () => {
    const { bench, owner, others, seen, g } = await newGroup(2);
    const [bob = owner, eve = owner] = others;
    const [person] = await bench.people(1);
    const stranger = person === undefined ? owner : await bench.client(person);

    await expect(bob.group(g).ban(eve.me)).rejects.toEqual(refused("FORBIDDEN"));
    const ban = await owner.group(g).ban(eve.me, { why: "spam" });
    const untilMs = owner.nowMs() + 3_600_000;
    await owner.group(g).ban(stranger.me, { untilMs });
    const after = await owner.group(g).send("quiet at last");

    await until(() => seen[0]?.at(-1)?.seq === after.s && seen[1]?.at(-1)?.seq === after.s);
    await until(() => seen[2]?.at(-1)?.seq === ban.s);
    await expect(eve.group(g).send("hey")).rejects.toEqual(refused("NOT_MEMBER"));
    await expect(eve.group(g).join()).rejects.toEqual(refused("BANNED", { d: { until: 0 } }));
    await expect(stranger.group(g).join()).rejects.toEqual(refused("BANNED", { d: { until: untilMs } }));
    await expect(bob.group(g).bans()).rejects.toEqual(refused("FORBIDDEN"));
    const page = await owner.group(g).bans();
    expect(new Set(page.bans.map(({ u, why }) => `${u} ${why}`))).toEqual(
      new Set([`${eve.me} spam`, `${stranger.me} `]),
    );
    await until(async () => (await eve.groups()).length === 0);

    await owner.group(g).unban(eve.me);
    await eve.group(g).join();
    expect((await owner.group(g).bans()).bans.map(({ u }) => u)).toEqual([stranger.me]);
    await until(async () => (await eve.groups()).length === 1);
  });

  test("S29: acts of power are on record, with who did them under which role, for those who may see it", async () => {
    const { owner, others, g } = await newGroup(2);
    const [bob = owner, eve = owner] = others;
    const hers = owner.group(g);
    const admin = (await hers.roles()).find(({ name }) => name === "Junior Admin")?.id ?? 0;

    await hers.assignRole(bob.me, admin);
    const muted = await bob.group(g).mute(eve.me, bob.nowMs() + 60_000, "loud");
    await expect(eve.group(g).kick(bob.me)).rejects.toEqual(refused("FORBIDDEN"));
    await hers.send("calm down");

    const { acts, more, head } = await bob.group(g).audit();
    expect(acts.map(({ m, u, on, refused: code }) => [m, u, on, code])).toEqual([
      ["group.create", owner.me, 0, ""],
      ["role.assign", owner.me, bob.me, ""],
      ["member.mute", bob.me, eve.me, ""],
      ["member.kick", eve.me, bob.me, "FORBIDDEN"],
      ["audit.open", bob.me, 0, ""],
    ]);
    expect(acts.at(2)).toMatchObject({ s: muted.s, owner: false, roles: [admin], why: "loud" });
    expect([more, head]).toEqual([false, { n: 5, hash: acts.at(-1)?.hash }]);
    expect((await hers.audit({ before: 4, u: owner.me })).acts.map(({ n }) => n)).toEqual([2, 1]);
    await expect(eve.group(g).audit()).rejects.toEqual(refused("FORBIDDEN"));
  });

  test("PERMISSIONS 10: guardians are named and open a recovery, which the owner's old sign-in can veto", async () => {
    const { owner, others, g } = await newGroup(4);
    const [ann = owner, bob = owner, carl = owner, dora = owner] = others;
    const hers = owner.group(g);
    await hers.recovery.setGuardians([ann.me, bob.me, carl.me], 2);

    await expect(dora.group(g).recovery.open(dora.me, "hers")).rejects.toEqual(refused("FORBIDDEN"));
    const { s } = await ann.group(g).recovery.open(dora.me, "her phone was stolen");
    await expect(dora.group(g).recovery.approve(s)).rejects.toEqual(refused("FORBIDDEN"));
    await bob.group(g).recovery.approve(s);
    await expect(bob.group(g).recovery.finish(s, dora.me)).rejects.toEqual(refused("PENDING_APPROVAL"));
    await expect(hers.transfer(bob.me)).rejects.toEqual(refused("PENDING_APPROVAL"));
    await expect(hers.kick(ann.me)).rejects.toEqual(refused("FORBIDDEN"));

    expect(await dora.group(g).recovery.get()).toMatchObject({
      guardians: { u: [ann.me, bob.me, carl.me], need: 2 },
      open: { s, to: dora.me, by: ann.me, why: "her phone was stolen", approvals: [ann.me, bob.me] },
    });
    await hers.recovery.veto(s, "I am here");
    expect(await dora.group(g).recovery.get()).toMatchObject({ open: null });
    const acts = (await hers.audit()).acts.filter(({ refused: code }) => code === "");
    expect(acts.map(({ m, u }) => [m, u])).toEqual(
      expect.arrayContaining([
        ["guardian.set", owner.me],
        ["recovery.open", ann.me],
        ["recovery.approve", bob.me],
        ["recovery.veto", owner.me],
      ]),
    );
  });

  test("slow mode, muting everybody and a cap hold for members and not for the owner", async () => {
    const { bench, owner, others, seen, g } = await newGroup(1);
    const bob = others[0] ?? owner;

    await expect(bob.group(g).changeSettings({ slowMs: 60_000 })).rejects.toEqual(refused("FORBIDDEN"));
    await owner.group(g).changeSettings({ slowMs: 60_000, membersMax: 2 });
    await bob.group(g).send("one");
    const error = await bob
      .group(g)
      .send("two")
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "SLOW_MODE", retryAfterMs: expect.any(Number) });
    await owner.group(g).send("one");
    await owner.group(g).send("two");
    const [person] = await bench.people(1);
    const stranger = person === undefined ? owner : await bench.client(person);
    await expect(stranger.group(g).join()).rejects.toEqual(refused("GROUP_FULL", { d: { axis: "members", max: 2 } }));

    const { s } = await owner.group(g).changeSettings({ slowMs: 0, muteAll: true });
    await expect(bob.group(g).send("three")).rejects.toEqual(refused("MUTED"));
    expect(await stranger.group(g).get()).toMatchObject({ slowMs: 0, muteAll: true, membersMax: 2 });
    await until(() => seen[1]?.at(-1)?.seq === s);
    expect(seen[1]?.at(-1)).toMatchObject({ kind: "group.settings", body: { slowMs: 0, muteAll: true } });
  });

  test("reactions are counted, taken back, kept over a restart, and go with their message", async () => {
    const { bench, owner, others, seen, g } = await newGroup(1);
    const bob = others[0] ?? owner;
    const { s } = await bob.group(g).send("what do you think?");

    await owner.group(g).react(s, "\u{1f44d}");
    await bob.group(g).react(s, "\u{1f44d}");
    await bob.group(g).react(s, "\u{1f389}");
    await expect(bob.group(g).react(s, "\u{1f389}")).rejects.toEqual(refused("ALREADY"));
    await expect(bob.group(g).react(s, "fine")).rejects.toEqual(refused("BAD_ARGS"));
    const last = await bob.group(g).unreact(s, "\u{1f389}");
    await until(() => seen.every((events) => events.at(-1)?.seq === last.s));
    expect(seen[0]?.at(-1)).toMatchObject({ kind: "msg.react", body: { s, r: "\u{1f389}", on: false } });

    await bench.restart();
    const kept = { counts: [["\u{1f44d}", 2]], own: ["\u{1f44d}"], more: false };
    expect(await owner.group(g).reactions(s)).toMatchObject(kept);
    expect(await bob.group(g).reactionsOn(1, 100)).toEqual({ messages: [{ s, counts: [["\u{1f44d}", 2]] }] });
    await bob.group(g).recall(s);
    expect(await bob.group(g).reactionsOn(1, 100)).toEqual({ messages: [] });
    await expect(owner.group(g).react(s, "\u{1f44d}")).rejects.toEqual(refused("NOT_FOUND"));
  });

  test("a message is pinned by who may, listed, and unpinned with its deletion", async () => {
    const { owner, others, seen, g } = await newGroup(1);
    const bob = others[0] ?? owner;
    const one = await bob.group(g).send("rules");
    const two = await bob.group(g).send("agenda");

    await expect(bob.group(g).pin(one.s)).rejects.toEqual(refused("FORBIDDEN"));
    await owner.group(g).pin(one.s);
    await owner.group(g).pin(two.s);
    expect(await bob.group(g).pins()).toMatchObject([
      { s: one.s, by: owner.me },
      { s: two.s, by: owner.me },
    ]);
    await owner.group(g).delete(one.s);
    const last = await owner.group(g).unpin(two.s);

    await until(() => seen[1]?.at(-1)?.seq === last.s);
    expect(await bob.group(g).pins()).toEqual([]);
    await expect(owner.group(g).pin(one.s)).rejects.toEqual(refused("NOT_FOUND"));
  });

  test("another name of a group reaches the lists of its members, and of nobody who has left", async () => {
    const { owner, others, g } = await newGroup(2);
    const [bob = owner, eve = owner] = others;
    await eve.group(g).leave();
    await until(async () => (await eve.groups()).length === 0);

    await owner.group(g).editProfile({ name: "Film club" });

    for (const one of [owner, bob]) {
      await until(async () => (await one.groups()).some(({ name }) => name === "Film club"));
      expect(await one.groups()).toHaveLength(1);
    }
    expect(await eve.groups()).toEqual([]);
    await eve.group(g).join();
    await until(async () => (await eve.groups()).some(({ name }) => name === "Film club"));
  });
}
