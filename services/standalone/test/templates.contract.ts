import { type Client, signUp } from "@guildhall/client";
import type { RoleBits } from "@guildhall/proto";
import { BITS, type Bit } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import type { StartBench } from "./bench.ts";

const FORBIDDEN = expect.objectContaining({ code: "FORBIDDEN" });

/** What every composition must do: role templates give what they are for, and nothing that is critical. */
export function templatesContract(startBench: StartBench): void {
  /** BOB holds the template, and ranks above EVE, who has spoken. */
  async function newGroup(template: string) {
    const bench = await startBench();
    const session = async (name: string) =>
      bench.client(await signUp(bench.server.http, { name: bench.name(name), password: "correct horse battery" }));
    const [owner, bob, eve] = [await session("owner"), await session("bob"), await session("eve")];
    const { g } = await owner.createGroup({ name: "Book club", category: "interest" });
    for (const one of [bob, eve]) await one.group(g).join();
    const role = (await owner.group(g).roles()).find(({ name }) => name === template)?.id ?? 0;
    await owner.group(g).assignRole(bob.me, role);
    const { s } = await eve.group(g).send("hello");
    const of = (client: Client) => client.group(g);
    /** Everything that takes more than being a member, done by BOB. */
    const acts: Readonly<Record<string, () => Promise<unknown>>> = {
      pin: () => of(bob).pin(s),
      delete: () => of(bob).delete(s),
      mute: () => of(bob).mute(eve.me, bob.nowMs() + 60_000),
      kick: () => of(bob).kick(eve.me),
      ban: () => of(bob).ban(eve.me),
      nickname: () => of(bob).nick("x", eve.me),
      "give a role": () => of(bob).assignRole(eve.me, role),
      "make a role": () => of(bob).createRole({ name: "x", rank: 1, p: [0, 0] }),
      profile: () => of(bob).editProfile({ intro: "x" }),
      rename: () => of(bob).rename("x"),
      settings: () => of(bob).changeSettings({ slowMs: 1_000 }),
      policy: () => of(bob).changePolicy("qq"),
      transfer: () => of(bob).transfer(bob.me),
      dissolve: () => of(bob).dissolve(),
      audit: () => of(bob).audit({}, "curious"),
    };
    return { owner, bob, eve, g, of, role, acts };
  }

  test.each([
    ["Content Moderator", ["delete", "mute"]],
    ["Event Manager", ["pin"]],
    ["Recruitment Officer", []],
  ] as const)("S24: a %s may exactly this: %j", async (template, allowed) => {
    const { acts } = await newGroup(template);

    const done: string[] = [];
    for (const [act, run] of Object.entries(acts)) {
      const reason = await run()
        .then(() => undefined)
        .catch((error: unknown) => error);
      if (reason === undefined) done.push(act);
      else expect([act, reason]).toEqual([act, FORBIDDEN]);
    }

    // What was done first takes nothing from what comes after: a message that is deleted was pinned before.
    expect(done.sort()).toEqual([...allowed].sort());
  });

  test("S24: a template is copied, and its copy gives the same to whoever has it", async () => {
    const { owner, bob, eve, of, role } = await newGroup("Content Moderator");

    await of(owner).takeRole(bob.me, role);
    await of(owner).createRole({ name: "Night watch", from: role });
    const roles = await of(owner).roles();
    const [template, copy] = [roles.find(({ id }) => id === role), roles.find(({ name }) => name === "Night watch")];
    expect(copy).toMatchObject({ rank: template?.rank, p: template?.p });
    await expect(of(bob).mute(eve.me, bob.nowMs() + 60_000)).rejects.toEqual(FORBIDDEN);
    await of(owner).assignRole(bob.me, copy?.id ?? 0);
    await of(bob).mute(eve.me, bob.nowMs() + 60_000);
  });

  test("S25: no template has a critical permission, but for the two whose whole purpose one is", async () => {
    const { owner, of } = await newGroup("Content Moderator");
    const critical: readonly Bit[] = [
      "MANAGE_ROLE",
      "ASSIGN_ROLE",
      "APPROVE_MEMBER",
      "EDIT_PROFILE",
      "EDIT_SETTINGS",
      "EXPORT_DATA",
      "BAN_MEMBER",
      "SPEAK_AS_GROUP",
      "MANAGE_BOT",
      "MANAGE_WEBHOOK",
    ];
    const has = (bits: RoleBits, bit: Bit) => (bits[BITS[bit].bit < 32 ? 0 : 1] & (1 << (BITS[bit].bit % 32))) !== 0;

    const found = (await of(owner).roles()).flatMap(({ name, p }) =>
      critical.filter((bit) => has(p, bit)).map((bit) => `${name}: ${bit}`),
    );

    expect(found).toEqual(["Role Manager: ASSIGN_ROLE", "Recruitment Officer: APPROVE_MEMBER"]);
  });

  test("S25: nobody raises themselves, and what is critical is on record, done or refused", async () => {
    const { owner, bob, of, role } = await newGroup("Role Manager");
    const roles = await of(owner).roles();
    const id = (wanted: string) => roles.find(({ name }) => name === wanted)?.id ?? 0;

    await expect(of(bob).assignRole(bob.me, id("Junior Admin"))).rejects.toMatchObject({ code: "RANK" });
    await expect(of(bob).assignRole(bob.me, id("Content Moderator"))).rejects.toMatchObject({ code: "RANK" });
    await expect(of(bob).editRole(role, { rank: 999 })).rejects.toEqual(FORBIDDEN);
    await of(owner).editProfile({ intro: "x" });

    const { acts } = await of(owner).audit();
    expect(acts.map(({ m, u, refused }) => [m, u, refused])).toEqual([
      ["group.create", owner.me, ""],
      ["role.assign", owner.me, ""],
      ["role.assign", bob.me, "RANK"],
      ["role.assign", bob.me, "RANK"],
      ["role.edit", bob.me, "FORBIDDEN"],
      ["group.edit", owner.me, ""],
      ["audit.open", owner.me, ""],
    ]);
  });

  test("S06: a category is one of the list, named when a group is made, changed by its owner, and shown to all", async () => {
    const { owner, bob, of, g } = await newGroup("Content Moderator");
    const wrong = { name: "x", category: "chess" } as never;

    await expect(owner.createGroup(wrong)).rejects.toMatchObject({ code: "BAD_ARGS" });
    await expect(owner.createGroup({ name: "x" } as never)).rejects.toMatchObject({ code: "BAD_ARGS" });
    await expect(of(bob).editProfile({ category: "game" })).rejects.toEqual(FORBIDDEN);
    await expect(of(owner).editProfile(wrong)).rejects.toMatchObject({ code: "BAD_ARGS" });
    await of(owner).editProfile({ category: "game" });
    expect(await bob.group(g).get()).toMatchObject({ category: "game" });
  });
}
