import { type Client, GuildhallError, signUp } from "@guildhall/client";
import type { PolicyName } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import type { StartBench } from "./bench.ts";

const error = async (work: Promise<unknown>): Promise<GuildhallError> => {
  const reason = await work.then(() => undefined).catch((cause: unknown) => cause);
  if (!(reason instanceof GuildhallError)) throw new Error("it was not refused");
  return reason;
};

/** What every composition must do: whoever is refused can learn why, and who could change that. */
export function explainContract(startBench: StartBench): void {
  async function newGroup(policy: PolicyName = "group_account") {
    const bench = await startBench();
    const credentials = { name: bench.name("owner"), password: "correct horse battery" };
    const owner = await bench.client(await signUp(bench.server.http, credentials));
    const { g } = await owner.createGroup({ name: "Book club", category: "interest", policy });
    const [bob, eve, out] = await Promise.all((await bench.people(3)).map((person) => bench.client(person)));
    if (bob === undefined || eve === undefined || out === undefined) throw new Error("nobody");
    for (const one of [bob, eve]) await one.group(g).join();
    return { owner, bob, eve, out, g, of: (client: Client) => client.group(g) };
  }

  test("S24: a refused moderator is told which fact refused, and who could change that, before and after trying", async () => {
    const { owner, bob, eve, of } = await newGroup();
    const roles = await of(owner).roles();
    await of(owner).assignRole(bob.me, roles.find(({ name }) => name === "Content Moderator")?.id ?? 0);
    await of(owner).createRole({ name: "Chief", rank: 900, p: [0x2000_0000, 2] });

    const kick = await error(of(bob).kick(eve.me));
    const told = {
      fact: "bit",
      text: expect.stringContaining("Junior Admin"),
      by: expect.objectContaining({ owner: true, roles: ["Chief"] }),
    };
    expect(await of(bob).explain("member.kick", { u: eve.me, error: kick })).toEqual({ ok: false, cause: told });
    expect(await of(bob).explain("member.kick", { u: eve.me })).toEqual({ ok: false, cause: told });
    expect(await of(bob).explain("member.mute", { u: eve.me })).toEqual({ ok: true });
    expect(await of(bob).explain("member.mute", { u: owner.me })).toMatchObject({ cause: { fact: "rank" } });
    expect(await of(bob).explain("group.transfer")).toMatchObject({ cause: { fact: "owner", by: { owner: true } } });
    await of(bob).mute(eve.me, bob.nowMs() + 60_000);
    expect(await of(eve).explain("msg.send")).toMatchObject({
      cause: { fact: "mute", by: { roles: ["Junior Admin", "Content Moderator"] } },
    });
  });

  test("what the policy, a limit or a password refuses is told so, also where the group said it at commit", async () => {
    const { owner, bob, eve, out, of } = await newGroup("qq");
    const told = async (client: Client, m: string, work: Promise<unknown>) =>
      (await of(client).explain(m, { error: await error(work) })).cause;

    expect(await told(bob, "member.kick", of(bob).kick(eve.me))).toMatchObject({
      fact: "policy",
      by: { owner: true, roles: ["Junior Admin"] },
    });
    const { s } = await of(bob).send("oh");
    expect(await told(bob, "msg.recall", of(bob).recall(s))).toMatchObject({ fact: "policy", by: { operator: true } });
    await of(owner).changeSettings({ slowMs: 60_000, membersMax: 3 });
    await of(eve).send("one");
    expect(await told(eve, "msg.send", of(eve).send("two"))).toMatchObject({ fact: "slowMode" });
    expect(await told(out, "member.join", of(out).join())).toMatchObject({
      fact: "cap",
      text: expect.stringContaining("3"),
    });
    expect(await told(owner, "member.leave", of(owner).leave())).toMatchObject({ fact: "owner", by: { self: true } });
    expect(await of(bob).explain("msg.send", { error: new GuildhallError("TOO_LARGE") })).toEqual({ ok: true });
  });

  test("who is not in a group learns that and no more; what is about no group cannot be asked about", async () => {
    const { out, of } = await newGroup("qq");

    const { cause } = await of(out).explain("member.kick", {
      error: new GuildhallError("POLICY", "", { d: { axis: "kick" } }),
    });
    expect(cause).toMatchObject({ fact: "policy", by: { roles: [] } });
    expect(await of(out).explain("msg.send")).toMatchObject({
      ok: false,
      cause: { fact: "membership", by: { self: true } },
    });
    expect(await of(out).explain("member.join")).toEqual({ ok: true });
    expect(await out.group(4_503_599_627_370).explain("msg.send")).toMatchObject({
      ok: false,
      cause: { fact: "group" },
    });
    await expect(of(out).explain("device.open")).rejects.toMatchObject({ code: "UNKNOWN_METHOD" });
    await expect(of(out).explain("groups.list")).rejects.toMatchObject({ code: "UNKNOWN_METHOD" });
  });
}
