import { signIn, signUp } from "@guildhall/client";
import type { ProfileArgs } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { describe, expect, test } from "vitest";
import { record, type StartBench } from "./bench.ts";

const PASSWORD = "correct horse battery";
const PROFILE: ProfileArgs = { name: "Book club", category: "interest", tags: ["books"], intro: "We read." };
const refused = (code: string) => expect.objectContaining({ code });

/** What every composition must do: groups, messages, history, devices in step. */
export function groupContract(startBench: StartBench): void {
  /** A group of an owner who gave a password, and some members without one; all of them follow it. */
  async function newGroup(members: number, encoding: "msgpack" | "json" = "msgpack") {
    const bench = await startBench();
    const owner = await bench.client(
      await signUp(bench.server.http, { name: bench.name("owner"), password: PASSWORD }),
      {
        encoding,
      },
    );
    const view = await owner.createGroup(PROFILE);
    const others = await Promise.all((await bench.people(members)).map((person) => bench.client(person, { encoding })));
    for (const other of others) await other.group(view.g).join();
    const all = [owner, ...others];
    const seen = all.map((client) => record(client, view.g));
    await Promise.all(all.map((client) => client.group(view.g).subscribe()));
    return { bench, owner, others, all, seen, view, g: view.g };
  }

  describe.each(["msgpack", "json"] as const)("over %s", (encoding) => {
    test("what one says, all hear once, in one order", async () => {
      const { owner, others, seen, g } = await newGroup(2, encoding);
      const [bob, eve] = others;

      const said = await Promise.all([
        owner.group(g).send("hello \u{1f44b}"),
        bob?.group(g).action("waves"),
        eve?.group(g).send("  spaces stay  "),
      ]);

      const head = Math.max(...said.map((committed) => committed?.s ?? 0));
      await until(() => seen.every((events) => events.at(-1)?.seq === head));
      expect(seen[1]).toEqual(seen[0]);
      expect(seen[2]).toEqual(seen[0]);
      expect(seen[0]?.map(({ body }) => body)).toEqual(
        expect.arrayContaining([{ t: "hello \u{1f44b}" }, { t: "waves" }, { t: "  spaces stay  " }]),
      );
    });
  });

  test("a group has a profile, a number, tags and an introduction, and refuses what is not one", async () => {
    const { bench, owner, view } = await newGroup(0);
    const [stranger] = await bench.people(1);
    const client = stranger && (await bench.client(stranger));

    expect(view).toMatchObject({ ...PROFILE, owner: owner.me, members: 1, state: "active" });
    expect(await client?.findGroup(view.number)).toMatchObject({ g: view.g, name: "Book club" });
    expect(await owner.groups()).toEqual([expect.objectContaining({ g: view.g })]);
    await expect(owner.createGroup({ ...PROFILE, name: "  " })).rejects.toEqual(refused("BAD_ARGS"));
    await expect(owner.createGroup({ ...PROFILE, category: "weather" as never })).rejects.toEqual(refused("BAD_ARGS"));
  });

  test("who is not a member may neither read nor write, and learns nothing by subscribing", async () => {
    const { bench, g } = await newGroup(0);
    const [stranger] = await bench.people(1);
    const client = stranger && (await bench.client(stranger));

    await expect(client?.group(g).send("hi")).rejects.toEqual(refused("NOT_MEMBER"));
    await expect(client?.group(g).history({ before: 10 })).rejects.toEqual(refused("NOT_MEMBER"));
    await expect(client?.group(g).subscribe()).rejects.toEqual(refused("NOT_FOUND"));
    await expect(client?.group(12345).subscribe()).rejects.toEqual(refused("NOT_FOUND"));
  });

  test("reply, mention, edit, recall and moderator deletion", async () => {
    const { owner, others, seen, g } = await newGroup(1);
    const bob = others[0] ?? owner;
    const { s } = await bob.group(g).send("frist");

    await bob.group(g).edit(s, "first");
    const reply = await owner.group(g).send("indeed", { re: s, mn: [bob.me] });
    await expect(owner.group(g).edit(s, "mine now")).rejects.toEqual(refused("FORBIDDEN"));
    await expect(bob.group(g).delete(reply.s)).rejects.toEqual(refused("FORBIDDEN"));
    const second = await bob.group(g).send("regrettable");
    await bob.group(g).recall(second.s);
    await expect(bob.group(g).recall(second.s)).rejects.toEqual(refused("ALREADY"));
    const removal = await owner.group(g).delete(s, "off topic");

    await until(() => seen.every((events) => events.at(-1)?.seq === removal.s));
    const page = await bob.group(g).history({ a: s, z: removal.s });
    expect(page.e.map(({ k, x }) => [k, x ?? 0])).toEqual([
      ["text", 2],
      ["msg.edit", 0],
      ["text", 0],
      ["text", 1],
      ["msg.recall", 0],
      ["msg.delete", 0],
    ]);
    expect(page.e[2]).toMatchObject({ re: s, mn: [bob.me] });
    expect(JSON.stringify(page.e[0]?.b)).not.toContain("first");
    expect(page.e[5]).toMatchObject({ why: "off topic" });
  });

  test("mute, unmute, nickname and kick, each with its refusal", async () => {
    const { owner, others, seen, g } = await newGroup(2);
    const [bob = owner, eve = owner] = others;

    await expect(bob.group(g).mute(eve.me, eve.nowMs() + 60_000)).rejects.toEqual(refused("FORBIDDEN"));
    await owner.group(g).mute(eve.me, owner.nowMs() + 60_000);
    await expect(eve.group(g).send("hm")).rejects.toEqual(refused("MUTED"));
    await owner.group(g).unmute(eve.me);
    await eve.group(g).nick("Evelyn");
    await expect(bob.group(g).nick("Bobby", eve.me)).rejects.toEqual(refused("FORBIDDEN"));
    await expect(bob.group(g).kick(owner.me)).rejects.toEqual(refused("FORBIDDEN"));
    const kick = await owner.group(g).kick(eve.me, "enough");
    const after = await owner.group(g).send("gone");

    await until(() => seen[0]?.at(-1)?.seq === after.s && seen[1]?.at(-1)?.seq === after.s);
    await until(() => seen[2]?.at(-1)?.seq === kick.s);
    await expect(eve.group(g).send("still here?")).rejects.toEqual(refused("NOT_MEMBER"));
    await expect(eve.group(g).history({ before: after.s })).rejects.toEqual(refused("NOT_MEMBER"));
    expect(seen[2]?.at(-1)).toMatchObject({ seq: kick.s, kind: "member.kick" });
    expect(new Set((await owner.group(g).members()).map(({ u }) => u))).toEqual(new Set([owner.me, bob.me]));
  });

  test("role templates give exactly their rights, under the rank rule, and only after a password", async () => {
    const { bench, owner, others, g } = await newGroup(2);
    const [bob = owner, eve = owner] = others;
    const roles = await owner.group(g).roles();
    const id = (name: string) => roles.find((role) => role.name === name)?.id ?? 0;

    await owner.group(g).assignRole(bob.me, id("Content Moderator"));
    const said = await eve.group(g).send("spam");
    await bob.group(g).delete(said.s, "spam");
    await bob.group(g).mute(eve.me, bob.nowMs() + 60_000);
    await expect(bob.group(g).kick(eve.me)).rejects.toEqual(refused("FORBIDDEN"));
    await expect(bob.group(g).assignRole(eve.me, id("Event Manager"))).rejects.toEqual(refused("FORBIDDEN"));
    await expect(bob.group(g).mute(owner.me, bob.nowMs() + 60_000)).rejects.toEqual(refused("RANK"));
    await owner.group(g).takeRole(bob.me, id("Content Moderator"));
    await expect(bob.group(g).unmute(eve.me)).rejects.toEqual(refused("FORBIDDEN"));

    const [plain] = await bench.people(1);
    const nobody = plain && (await bench.client(plain));
    const own = await nobody?.createGroup(PROFILE);
    await bob.group(own?.g ?? 0).join();
    await expect(nobody?.group(own?.g ?? 0).assignRole(bob.me, id("Event Manager"))).rejects.toEqual(
      refused("STEP_UP_REQUIRED"),
    );
  });

  test("S23: roles are made, changed and deleted, at once for those who have them, and not over another's change", async () => {
    const { owner, others, g } = await newGroup(2);
    const [bob = owner, eve = owner] = others;
    const hers = owner.group(g);

    await hers.createRole({ name: "Door", rank: 300, p: [1 << 29, 0] });
    const door = (await hers.roles()).find(({ name }) => name === "Door")?.id ?? 0;
    await expect(hers.createRole({ name: "door", rank: 200, p: [0, 0] })).rejects.toEqual(refused("CONFLICT"));
    const given = await hers.assignRole(bob.me, door);
    await expect(bob.group(g).mute(eve.me, bob.nowMs() + 60_000)).rejects.toEqual(refused("FORBIDDEN"));
    await hers.editRole(door, { p: [(1 << 31) >>> 0, 0] }, { ifV: given.pv ?? 0 });
    await expect(hers.editRole(door, { rank: 400 }, { ifV: given.pv ?? 0 })).rejects.toEqual(refused("STALE_VERSION"));
    await bob.group(g).mute(eve.me, bob.nowMs() + 60_000);
    await expect(bob.group(g).kick(eve.me)).rejects.toEqual(refused("FORBIDDEN"));
    await expect(bob.group(g).createRole({ name: "Mine", rank: 10, p: [0, 0] })).rejects.toEqual(refused("FORBIDDEN"));
    await hers.deleteRole(door);
    await expect(bob.group(g).unmute(eve.me)).rejects.toEqual(refused("FORBIDDEN"));
    expect((await hers.members()).find(({ u }) => u === bob.me)?.roles).toEqual([]);
  });

  test("the owner cannot leave, hands the group over, and the new owner dissolves it", async () => {
    const { bench, owner, g } = await newGroup(0);
    const heir = await bench.client(await signUp(bench.server.http, { name: bench.name("heir"), password: PASSWORD }));
    await heir.group(g).join();

    await expect(owner.group(g).leave()).rejects.toEqual(refused("LAST_OWNER"));
    await expect(heir.group(g).transfer(heir.me)).rejects.toEqual(refused("FORBIDDEN"));
    await owner.group(g).transfer(heir.me);
    await owner.group(g).leave();
    await heir.group(g).dissolve();

    await expect(heir.group(g).send("anyone?")).rejects.toEqual(refused("FROZEN"));
    await expect(owner.group(g).join()).rejects.toEqual(refused("FROZEN"));
    expect(await heir.group(g).get()).toMatchObject({ owner: heir.me, state: "dissolved" });
  });

  test("history by seq, before, by date and around a message, from the newest to the first", async () => {
    const { owner, g } = await newGroup(0);
    const said = [];
    for (let i = 0; i < 250; i++) said.push(await owner.group(g).send(`m${i}`));
    const middle = said[120] ?? { s: 0, ts: 0 };

    const around = await owner.group(g).history({ around: middle.s, lim: 11 });
    const at = await owner.group(g).history({ at: middle.ts, lim: 3 });
    const seqs: number[] = [];
    for (let before = 252; before > 1; before = seqs[0] ?? 0) {
      const page = await owner.group(g).history({ before });
      seqs.unshift(...page.e.map(({ s }) => s));
      expect(page.more).toBe((seqs[0] ?? 0) > 1);
    }

    expect(seqs).toEqual(Array.from({ length: 251 }, (_, i) => i + 1));
    expect(around.e).toHaveLength(11);
    expect(around.e.map(({ s }) => s)).toContain(middle.s);
    expect(at.e.map(({ s }) => s)).toEqual([middle.s, middle.s + 1, middle.s + 2]);
    await expect(owner.group(g).history({ a: 1, z: 200 })).rejects.toEqual(refused("BAD_ARGS"));
  });

  test("several devices of one person are in step, and a second connection of one device replaces the first", async () => {
    const { bench, owner, g, seen } = await newGroup(0);
    const phone = await bench.client(
      await signIn(bench.server.http, { name: bench.name("owner"), password: PASSWORD }),
    );
    const onPhone = record(phone, g);
    await phone.group(g).subscribe();

    await owner.group(g).send("from the desk");
    const last = await phone.group(g).send("from the phone");

    await until(() => seen[0]?.at(-1)?.seq === last.s && onPhone.at(-1)?.seq === last.s);
    expect(onPhone).toEqual(seen[0]?.slice(-2));
    const session = await signIn(bench.server.http, { name: bench.name("owner"), password: PASSWORD });
    const { websocket: url } = bench.server;
    const first = await bench.client(session, { url });
    await bench.client(session, { url });
    await until(() => first.state.phase === "stopped");
  });

  test("after a restart everybody goes on where they were, with nothing missing or doubled", async () => {
    const { bench, owner, others, seen, g } = await newGroup(1);
    const bob = others[0] ?? owner;
    await owner.group(g).send("before");

    await bench.restart();
    const [one, two] = await Promise.all([owner.group(g).send("after"), bob.group(g).send("me too")]);

    const head = Math.max(one.s, two.s);
    await until(() => seen.every((events) => events.at(-1)?.seq === head), 10_000);
    expect(seen[1]).toEqual(seen[0]);
    expect([owner.violations, bob.violations]).toEqual([0, 0]);
  });
}
