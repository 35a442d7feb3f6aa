import { setGroupState, signUp } from "@guildhall/client";
import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import { record, type StartBench } from "./bench.ts";

const refused = (code: string) => expect.objectContaining({ code });

/** What every composition must do: the operator freezes and bans, and members see why. */
export function statesContract(startBench: StartBench): void {
  async function newGroup() {
    const bench = await startBench();
    const credentials = { name: bench.name("owner"), password: "correct horse battery" };
    const owner = await bench.client(await signUp(bench.server.http, credentials));
    const { g, number } = await owner.createGroup({ name: "Book club", category: "interest" });
    const [bob, eve, out] = await Promise.all((await bench.people(3)).map((person) => bench.client(person)));
    if (bob === undefined || eve === undefined || out === undefined) throw new Error("nobody");
    for (const one of [bob, eve]) await one.group(g).join();
    const put = (state: "active" | "frozen" | "banned", why: string) =>
      setGroupState(bench.server.http, bench.key, number, { state, why });
    return { bench, owner, bob, eve, out, g, number, put };
  }

  test.each(["frozen", "banned"] as const)(
    "S49: in a group that is %s nothing is done, reading and the record remain, and people may leave",
    async (state) => {
      const { owner, bob, eve, out, g, number, put } = await newGroup();
      const seen = record(bob, g);
      await bob.group(g).subscribe();
      const { s } = await bob.group(g).send("before");

      await put(state, "a court says so");

      await until(() => seen.at(-1)?.kind === "group.state");
      expect(seen.at(-1)).toMatchObject({ body: { state }, by: 0 });
      expect((await bob.group(g).history({ before: 100 })).e.at(-1)).toMatchObject({
        k: "group.state",
        why: "a court says so",
      });
      const acts: Promise<unknown>[] = [
        bob.group(g).send("after"),
        bob.group(g).edit(s, "changed"),
        bob.group(g).recall(s),
        bob.group(g).react(s, "👍"),
        bob.group(g).nick("Bobby"),
        owner.group(g).pin(s),
        owner.group(g).kick(eve.me),
        owner.group(g).createRole({ name: "Helper", rank: 200, p: [0, 0] }),
        owner.group(g).editProfile({ intro: "x" }),
        owner.group(g).changeSettings({ muteAll: true }),
        owner.group(g).transfer(bob.me),
        owner.group(g).dissolve(),
        out.group(g).join(),
      ];
      for (const act of await Promise.allSettled(acts)) expect(act).toMatchObject({ reason: refused("FROZEN") });
      expect(await bob.group(g).explain("msg.send")).toMatchObject({
        cause: { fact: "state", by: { operator: true } },
      });

      expect((await bob.group(g).history({ before: 100 })).e.length).toBeGreaterThan(3);
      expect(await bob.group(g).members()).toHaveLength(3);
      const { acts: kept } = await owner.group(g).audit();
      expect(kept.filter(({ m }) => m === "group.state")).toMatchObject([
        { u: 0, why: "a court says so", before: { groups: { state: "active" } }, after: { groups: { state } } },
      ]);
      await expect(bob.group(g).audit()).rejects.toEqual(refused("FORBIDDEN"));
      if (state === "banned") await expect(out.findGroup(number)).rejects.toEqual(refused("NOT_FOUND"));
      else expect(await out.findGroup(number)).toMatchObject({ state });
      await eve.group(g).leave();

      await put("active", "an appeal was heard");
      await bob.group(g).send("again");
      await out.group(g).join();
    },
  );

  test("S49: only the operator, with a reason, and only what is not so already", async () => {
    const { bench, owner, g, number, put } = await newGroup();

    await expect(put("active", "why not")).rejects.toEqual(refused("ALREADY"));
    await expect(put("frozen", " ")).rejects.toEqual(refused("BAD_ARGS"));
    await expect(
      setGroupState(bench.server.http, "x".repeat(43), number, { state: "frozen", why: "x" }),
    ).rejects.toEqual(refused("UNAUTHENTICATED"));
    await expect(setGroupState(bench.server.http, bench.key, 1, { state: "frozen", why: "x" })).rejects.toEqual(
      refused("NOT_FOUND"),
    );
    await expect(owner.group(g).command("group.state", { state: "frozen" })).rejects.toEqual(refused("UNKNOWN_METHOD"));
    await owner.group(g).dissolve();
    await expect(put("active", "come back")).rejects.toEqual(refused("FROZEN"));
    await expect(owner.findGroup(number)).rejects.toEqual(refused("NOT_FOUND"));
  });
}
