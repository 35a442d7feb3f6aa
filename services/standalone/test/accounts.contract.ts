import { type Client, signUp } from "@guildhall/client";
import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import type { StartBench } from "./bench.ts";

const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });
const PROFILE = { name: "Class 1", category: "study" } as const;

/** What every composition must do: accounts own groups, and act through operators. */
export function accountsContract(startBench: StartBench): void {
  /** An account of ANN with BOB as admin, who is in its group, as EVE is, who is a plain member. */
  async function newAccount() {
    const bench = await startBench();
    const session = async (name: string) =>
      bench.client(await signUp(bench.server.http, { name: bench.name(name), password: "correct horse battery" }));
    const [ann, bob, eve] = await Promise.all([session("ann"), session("bob"), session("eve")]);
    const { a } = await ann.createAccount("North School");
    await ann.account(a).setOperator(bob.me, "admin");
    const { g } = await ann.createGroup({ ...PROFILE, account: a });
    for (const one of [bob, eve]) await one.group(g).join();
    const seats = async (client: Client) => (await client.accounts()).map(({ name, grade }) => `${name} ${grade}`);
    return { bench, session, ann, bob, eve, a, g, seats };
  }

  test("S19: an account owns groups and acts through operators who sign in as themselves", async () => {
    const { ann, bob, eve, a, g, seats } = await newAccount();

    expect(await ann.account(a).get()).toEqual({
      a,
      name: "North School",
      at: expect.any(Number),
      operators: [
        [ann.me, "main"],
        [bob.me, "admin"],
      ],
      groups: [g],
      me: "main",
    });
    expect(await eve.group(g).get()).toMatchObject({ owner: a, account: { a, name: "North School" } });
    await until(async () => (await seats(bob)).join() === "North School admin");

    await ann.group(g).changePolicy("qq");
    await bob.group(g).mute(eve.me, bob.nowMs() + 60_000);
    await expect(bob.group(g).changePolicy("wechat")).rejects.toEqual(refused("FORBIDDEN"));
    await expect(bob.group(g).kick(ann.me)).rejects.toEqual(refused("RANK"));
    await expect(ann.group(g).transfer(bob.me)).rejects.toEqual(refused("FORBIDDEN", { d: { account: a } }));
    await expect(eve.group(g).kick(bob.me)).rejects.toEqual(refused("POLICY"));
    const { acts } = await ann.group(g).audit();
    expect(acts.find(({ m }) => m === "group.policy")).toMatchObject({ u: ann.me, owner: true });
    expect(acts.find(({ m }) => m === "member.mute")).toMatchObject({ u: bob.me, owner: false, roles: [2] });
  });

  test("S22: who is no operator finds no account, and an operator only what their grade has", async () => {
    const { ann, bob, eve, a } = await newAccount();
    const missing = a === 4_711 ? 4_712 : 4_711;

    for (const id of [a, missing]) {
      await expect(eve.account(id).get()).rejects.toEqual(refused("NOT_FOUND"));
      await expect(eve.account(id).setOperator(eve.me, "main")).rejects.toEqual(refused("NOT_FOUND"));
      await expect(eve.account(id).rename("Mine")).rejects.toEqual(refused("NOT_FOUND"));
      await expect(eve.account(id).acts()).rejects.toEqual(refused("NOT_FOUND"));
      await expect(eve.createGroup({ ...PROFILE, account: id })).rejects.toEqual(refused("NOT_FOUND"));
    }
    await expect(bob.account(a).setOperator(bob.me, "main")).rejects.toEqual(refused("FORBIDDEN"));
    await expect(bob.account(a).acts()).rejects.toEqual(refused("FORBIDDEN"));
    await bob.createGroup({ ...PROFILE, name: "Class 2", account: a });

    await ann.account(a).removeOperator(bob.me, "left the school");
    await expect(bob.account(a).rename("Mine")).rejects.toEqual(refused("NOT_FOUND"));
    const { acts } = await ann.account(a).acts();
    expect(acts.map(({ m, u, refused: code, why }) => [m, u, code, why])).toEqual([
      ["account.create", ann.me, "", ""],
      ["operator.set", ann.me, "", ""],
      ["account.take", ann.me, "", ""],
      ["operator.set", bob.me, "FORBIDDEN", ""],
      ["account.take", bob.me, "", ""],
      ["operator.remove", ann.me, "", "left the school"],
      ["account.rename", bob.me, "NOT_FOUND", ""],
    ]);
  });

  test("S20: one account owns many groups, and a change of operators reaches each of them", async () => {
    const { ann, bob, eve, a, g } = await newAccount();
    const more = await Promise.all(
      ["Class 2", "Class 3", "Class 4"].map((name) => ann.createGroup({ ...PROFILE, name, account: a })),
    );
    const all = [g, ...more.map((group) => group.g)];
    for (const one of all.slice(1)) for (const who of [bob, eve]) await who.group(one).join();
    const says = () => Promise.all(all.map((one) => bob.group(one).changeSettings({ slowMs: 1_000 })));

    await says();
    await ann.account(a).setOperator(bob.me, "events");
    await ann.account(a).rename("South School");

    for (const one of all) {
      await until(async () => (await eve.group(one).get()).account?.name === "South School");
      await expect(bob.group(one).changeSettings({ slowMs: 2_000 })).rejects.toEqual(refused("FORBIDDEN"));
    }
    expect(new Set((await bob.account(a).get()).groups)).toEqual(new Set(all));
  });

  test("S20: what is done in all groups at once is decided by each of them, and what some refuse is told", async () => {
    const { ann, bob, eve, a, g } = await newAccount();
    const second = (await ann.createGroup({ ...PROFILE, name: "Class 2", account: a })).g;
    const third = (await ann.createGroup({ ...PROFILE, name: "Class 3", account: a })).g;
    const { g: foreign } = await eve.createGroup({ ...PROFILE, name: "Hers" });
    await bob.group(second).join();

    const said = await ann.account(a).announce("No school tomorrow");
    expect([...said.keys()]).toEqual([g, second, third]);
    for (const [one, s] of said) {
      const [event] = (await ann.group(one).history({ a: Number(s), z: Number(s) })).e;
      expect(event).toMatchObject({ k: "text", gr: 1, b: { t: "No school tomorrow" } });
    }
    const notice = { b: { title: "Holidays", t: "Until Monday" } };
    const published = await ann.account(a).each("announcement.publish", notice, { as: "group", groups: [third, g] });
    expect([...published]).toEqual([
      [third, expect.any(Number)],
      [g, expect.any(Number)],
    ]);
    await ann.group(second).changeSettings({ slowMs: 1_000 });
    const set = await bob.account(a).each("group.settings", { slowMs: 1_000 }, { groups: [g, second, third, foreign] });
    expect([...set]).toEqual([
      [g, expect.any(Number)],
      [second, refused("ALREADY")],
      [third, refused("NOT_MEMBER")],
      [foreign, refused("NOT_FOUND")],
    ]);
    expect([...(await bob.account(a).announce("Free beer")).values()]).toEqual([
      refused("FORBIDDEN"),
      refused("FORBIDDEN"),
      refused("NOT_MEMBER"),
    ]);

    await expect(eve.account(a).each("group.settings", { slowMs: 0 }, { groups: [g] })).rejects.toEqual(
      refused("NOT_FOUND"),
    );
    await expect(ann.account(a).each("group.settings", { slowMs: -1 })).rejects.toEqual(refused("BAD_ARGS"));
    const { acts } = await ann.group(g).audit();
    expect(acts.map(({ m, as, refused: code }) => [m, as, code])).toEqual(
      expect.arrayContaining([
        ["msg.send", 1, ""],
        ["group.settings", 0, ""],
        ["msg.send", 1, "FORBIDDEN"],
      ]),
    );
  });

  test("S21, S34: a personal group goes to an account with number, members, roles, history", async () => {
    const { ann, bob, eve, a } = await newAccount();
    const { g, number } = await ann.createGroup({ ...PROFILE, name: "Chess" });
    const hers = ann.group(g);
    for (const who of [bob, eve]) await who.group(g).join();
    await hers.assignRole(eve.me, 4);
    const { s } = await eve.group(g).send("the rules of the club");

    await expect(bob.account(a).adopt(g)).rejects.toEqual(refused("FORBIDDEN"));
    const { g: foreign } = await eve.createGroup({ ...PROFILE, name: "Hers" });
    await expect(ann.account(a).adopt(foreign)).rejects.toEqual(refused("NOT_MEMBER"));
    const view = await ann.account(a).adopt(g);
    await expect(ann.account(a).adopt(g)).resolves.toEqual(view);

    expect(view).toMatchObject({ g, number, owner: a, members: 3, account: { a, name: "North School" } });
    expect((await ann.account(a).get()).groups).toContain(g);
    expect((await eve.group(g).history({ a: s, z: s })).e).toMatchObject([{ s, b: { t: "the rules of the club" } }]);
    await expect(eve.group(g).mute(bob.me, eve.nowMs() + 60_000)).rejects.toEqual(refused("RANK"));
    expect(await members(eve, g)).toContainEqual([eve.me, [4]]);
    await hers.changePolicy("qq");
    await expect(hers.recovery.setGuardians([bob.me, eve.me, ann.me], 2)).rejects.toEqual(refused("FORBIDDEN"));
  });

  test("S26: staff come and go: roles go with them, groups stay, and the last main operator stays", async () => {
    const { session, ann, bob, eve, a, g, seats } = await newAccount();
    const carl = await session("carl");
    await ann.group(g).assignRole(bob.me, 3);

    await expect(ann.account(a).removeOperator(ann.me)).rejects.toEqual(refused("LAST_OWNER"));
    await expect(ann.account(a).setOperator(ann.me, "staff")).rejects.toEqual(refused("LAST_OWNER"));
    await ann.account(a).removeOperator(bob.me);
    await until(async () => (await members(eve, g)).some(([u, roles]) => u === bob.me && roles.length === 0));
    await expect(bob.group(g).changeSettings({ slowMs: 1_000 })).rejects.toEqual(refused("FORBIDDEN"));
    await until(async () => (await seats(bob)).length === 0);

    await ann.account(a).setOperator(carl.me, "main");
    await carl.group(g).join();
    await carl.account(a).removeOperator(ann.me);
    await carl.group(g).changePolicy("qq");
    await expect(ann.group(g).changePolicy("wechat")).rejects.toEqual(refused("FORBIDDEN"));
    expect(await carl.account(a).get()).toMatchObject({ operators: [[carl.me, "main"]], groups: [g] });
    expect(await eve.group(g).get()).toMatchObject({ owner: a, members: 4 });
  });

  async function members(client: Client, g: number): Promise<readonly (readonly [number, readonly number[]])[]> {
    return (await client.group(g).members()).map(({ u, roles }) => [u, roles] as const);
  }
}
