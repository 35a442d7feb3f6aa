import { type Client, type Group, GuildhallError, signUp } from "@guildhall/client";
import type { PolicyName } from "@guildhall/proto/tables";
import { until } from "@guildhall/testkit";
import { describe, expect, test } from "vitest";
import { record, type StartBench } from "./bench.ts";

const refused = (axis: string, more: object = {}) => expect.objectContaining({ code: "POLICY", d: { axis, ...more } });

/** "done", or the code of the refusal and what it is about. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    if (!(error instanceof GuildhallError)) throw error;
    const { axis, bit } = (error.d ?? {}) as { readonly axis?: string; readonly bit?: string };
    return [error.code, axis ?? bit].filter((part) => part !== undefined).join(" ");
  }
}

/** What every composition must do: a group follows its policy. */
export function policiesContract(startBench: StartBench): void {
  /** A group of an owner who gave a password, with a Junior Admin, a Content Moderator and plain members. */
  async function newGroup(policy: PolicyName, members = 1) {
    const bench = await startBench();
    const credentials = { name: bench.name("owner"), password: "correct horse battery" };
    const owner = await bench.client(await signUp(bench.server.http, credentials));
    const { g } = await owner.createGroup({ name: "Book club", category: "interest", policy });
    const others = await Promise.all((await bench.people(2 + members)).map((person) => bench.client(person)));
    for (const other of others) await other.group(g).join();
    const roles = await owner.group(g).roles();
    const role = (wanted: string) => roles.find(({ name }) => name === wanted)?.id ?? 0;
    const [admin = owner, moderator = owner, ...plain] = others;
    await owner.group(g).assignRole(admin.me, role("Junior Admin"));
    await owner.group(g).assignRole(moderator.me, role("Content Moderator"));
    const of = (client: Client): Group => client.group(g);
    return { owner, admin, moderator, plain, g, of, role };
  }

  describe.each<[PolicyName, { kick: string[]; rename: string[]; recall: string[]; delete: string[] }]>([
    [
      "group_account",
      {
        kick: ["FORBIDDEN KICK_MEMBER", "done", "done"],
        rename: ["FORBIDDEN EDIT_PROFILE", "FORBIDDEN EDIT_PROFILE", "done"],
        recall: ["done", "done", "done"],
        delete: ["done", "done", "done"],
      },
    ],
    [
      "wechat",
      {
        kick: ["POLICY kick", "POLICY kick", "done"],
        rename: ["POLICY rename", "POLICY rename", "done"],
        recall: ["done", "done", "done"],
        delete: ["POLICY delete", "done", "done"],
      },
    ],
    [
      "qq",
      {
        kick: ["POLICY kick", "done", "done"],
        rename: ["POLICY rename", "done", "done"],
        recall: ["POLICY recall", "POLICY recall", "done"],
        delete: ["POLICY delete", "done", "done"],
      },
    ],
    [
      "dingtalk",
      {
        kick: ["POLICY kick", "POLICY kick", "done"],
        rename: ["POLICY rename", "POLICY rename", "done"],
        recall: ["POLICY recall", "done", "done"],
        delete: ["POLICY delete", "done", "done"],
      },
    ],
  ])("in a group of the policy %s", (policy, expected) => {
    test("S02, S07, S41, S42, S45: moderator, administrator and owner may what it says", async () => {
      const { owner, admin, moderator, plain, of } = await newGroup(policy, 3);
      const people = [moderator, admin, owner];
      const each = async (work: (client: Client, i: number) => Promise<unknown>) => {
        const told: string[] = [];
        for (const [i, client] of people.entries()) told.push(await outcome(work(client, i)));
        return told;
      };

      expect(await each(async (client, i) => of(client).rename(`Name ${i}`))).toEqual(expected.rename);
      expect(await each(async (client) => of(client).recall((await of(client).send("mine")).s))).toEqual(
        expected.recall,
      );
      const said = await Promise.all(plain.map((client) => of(client).send("theirs")));
      expect(await each((client, i) => of(client).delete(said[i]?.s ?? 0, "rude"))).toEqual(expected.delete);
      expect(await each((client, i) => of(client).kick(plain[i]?.me ?? 0))).toEqual(expected.kick);
    });
  });

  test("S02: another policy is the owner's to choose, is seen and on record, and binds the next command", async () => {
    const { owner, admin, plain, g, of } = await newGroup("group_account", 2);
    const [bob = owner, eve = owner] = plain;
    const seen = record(bob, g);
    await of(bob).subscribe();

    await of(admin).kick(eve.me);
    await expect(of(admin).changePolicy("wechat")).rejects.toMatchObject({ code: "FORBIDDEN", d: { owner: true } });
    const { s } = await of(owner).changePolicy("wechat", "as we are used to");
    await expect(of(admin).kick(bob.me)).rejects.toEqual(refused("kick"));
    await expect(of(admin).ban(bob.me)).rejects.toEqual(refused("kick"));

    await until(() => seen.at(-1)?.seq === s);
    expect(seen.at(-1)).toMatchObject({ kind: "group.policy", body: { policy: "wechat" }, by: owner.me });
    expect(await of(bob).get()).toMatchObject({ policy: "wechat" });
    const { acts } = await of(owner).audit();
    expect(acts.filter(({ refused: code }) => code === "POLICY").map(({ m, u }) => [m, u])).toEqual([
      ["member.kick", admin.me],
      ["member.ban", admin.me],
    ]);
    expect(acts.filter(({ m, refused: code }) => m === "group.policy" && code === "")).toMatchObject([
      {
        u: owner.me,
        why: "as we are used to",
        before: { groups: { policy: { name: "group_account" } } },
        after: { groups: { policy: { name: "wechat", s } } },
      },
    ]);
    await expect(of(owner).changePolicy("wechat")).rejects.toMatchObject({ code: "ALREADY" });
  });

  test("S02: another policy asks for a password given lately", async () => {
    const bench = await startBench();
    const [ann] = await bench.people(1);
    if (ann === undefined) throw new Error("nobody");
    const client = await bench.client(ann);
    const { g } = await client.createGroup({ name: "Book club", category: "interest" });

    await expect(client.group(g).changePolicy("qq")).rejects.toMatchObject({ code: "STEP_UP_REQUIRED" });
  });

  test("S16: one administrator in wechat, five in qq; who is one already may have another role of one", async () => {
    const { owner, admin, plain, of, role } = await newGroup("wechat", 6);
    const [bob = owner, ...more] = plain;
    await of(owner).createRole({ name: "Deputy", rank: 900, p: [1, 0] });
    const deputy = (await of(owner).roles()).find(({ name }) => name === "Deputy")?.id ?? 0;

    await of(owner).assignRole(admin.me, deputy);
    await expect(of(owner).assignRole(bob.me, deputy)).rejects.toEqual(refused("admins", { max: 1 }));
    await of(owner).assignRole(bob.me, role("Content Moderator"));
    await expect(of(owner).editRole(role("Content Moderator"), { rank: 800 })).rejects.toEqual(
      refused("admins", { max: 1 }),
    );
    await of(owner).changePolicy("qq");
    for (const one of [bob, ...more.slice(0, 3)]) await of(owner).assignRole(one.me, role("Junior Admin"));
    await expect(of(owner).assignRole(more[4]?.me ?? 0, deputy)).rejects.toEqual(refused("admins", { max: 5 }));
    await of(owner).takeRole(bob.me, role("Junior Admin"));
    await of(owner).assignRole(more[4]?.me ?? 0, deputy);
  });
}
