import { answerAppeal, listAppeals, setGroupState, signUp } from "@guildhall/client";
import { LIMITS } from "@guildhall/proto/tables";
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

  test("S49: the end of a group is announced to everybody, shown, taken back, and not before its time", async () => {
    const { bench, owner, bob, g } = await newGroup();
    const seen = record(bob, g);
    await bob.group(g).subscribe();
    const early = (due: unknown) => expect.objectContaining({ code: "PENDING_APPROVAL", d: { due } });

    await expect(owner.group(g).dissolve()).rejects.toEqual(early(0));
    await expect(bob.group(g).life.announceEnd()).rejects.toEqual(refused("FORBIDDEN"));
    await owner.group(g).life.announceEnd("we are done");
    await bench.restart();
    const { dissolveAt, state } = await bob.group(g).get();
    expect(state).toBe("active");
    expect(dissolveAt - owner.nowMs()).toBeGreaterThan(LIMITS.dissolutionDelayMs - 120_000);
    await expect(owner.group(g).dissolve()).rejects.toEqual(early(dissolveAt));
    await bob.group(g).send("what a pity");
    await owner.group(g).life.cancelEnd("we are not");

    await until(() => seen.at(-1)?.kind === "dissolution.cancel");
    expect(seen.map(({ kind }) => kind)).toEqual(["dissolution.announce", "text", "dissolution.cancel"]);
    expect(await bob.group(g).get()).toMatchObject({ dissolveAt: 0 });
    const { acts } = await owner.group(g).audit();
    expect(acts.filter(({ m }) => /dissol/.test(m)).map(({ m, why, refused: code }) => [m, why, code])).toEqual([
      ["dissolution.announce", "", "FORBIDDEN"],
      ["dissolution.announce", "we are done", ""],
      ["dissolution.cancel", "we are not", ""],
    ]);
  });

  test("S49: the owner appeals against a ban, the operator answers, and what is granted opens the group", async () => {
    const { bench, owner, bob, g, number, put } = await newGroup();
    const { http } = bench.server;
    const answer = (n: number, granted: boolean, why: string) =>
      answerAppeal(http, bench.key, number, { n, granted, why });
    await expect(owner.group(g).life.appeal("why not")).rejects.toEqual(refused("ALREADY"));
    await put("banned", "spam");
    const seen = record(bob, g);
    await bob.group(g).subscribe();

    await expect(bob.group(g).life.appeal("it was me")).rejects.toEqual(refused("FORBIDDEN"));
    await expect(owner.group(g).life.appeal(" ")).rejects.toEqual(refused("BAD_ARGS"));
    await owner.group(g).life.appeal("It was one of us, who is gone.");
    await expect(owner.group(g).life.appeal("please")).rejects.toEqual(refused("ALREADY"));
    await expect(bob.group(g).life.appeals()).rejects.toEqual(refused("FORBIDDEN"));
    expect(await listAppeals(http, bench.key, number)).toMatchObject({
      appeals: [{ n: 1, t: "It was one of us, who is gone.", by: owner.me, state: "banned", answer: null }],
      more: false,
    });
    await expect(answer(1, true, " ")).rejects.toEqual(refused("BAD_ARGS"));
    await expect(answer(2, true, "which")).rejects.toEqual(refused("NOT_FOUND"));
    await expect(answerAppeal(http, "x".repeat(43), number, { n: 1, granted: true, why: "x" })).rejects.toEqual(
      refused("UNAUTHENTICATED"),
    );
    await bench.restart();
    await answer(1, true, "we looked into it");

    await until(() => seen.at(-1)?.kind === "appeal.answer");
    expect(seen).toMatchObject([
      { kind: "appeal.write", body: { n: 1 }, by: owner.me },
      { kind: "appeal.answer", body: { n: 1, granted: true }, by: 0 },
    ]);
    await bob.group(g).send("we are back");
    await expect(answer(1, false, "on second thought")).rejects.toEqual(refused("ALREADY"));
    expect(await owner.group(g).life.appeals()).toMatchObject({
      appeals: [{ n: 1, answer: { granted: true, why: "we looked into it" } }],
    });
    const { acts } = await owner.group(g).audit({ m: "appeal.answer" });
    expect(acts).toMatchObject([
      { u: 0, before: { groups: { state: "banned" } }, after: { groups: { state: "active" } } },
    ]);
  });

  test("S49: an appeal that is not granted leaves the group as it is, and another waits a day", async () => {
    const { bench, owner, bob, g, number, put } = await newGroup();
    await put("frozen", "complaints");
    await owner.group(g).life.appeal("They are wrong.");
    await answerAppeal(bench.server.http, bench.key, number, { n: 1, granted: false, why: "they are not" });

    await expect(bob.group(g).send("hello")).rejects.toEqual(refused("FROZEN"));
    const soon = expect.objectContaining({ code: "SLOW_MODE", d: { scope: "appeals" } });
    await expect(owner.group(g).life.appeal("They are.")).rejects.toEqual(soon);
  });

  test("S49: only the operator, with a reason, and only what is not so already", async () => {
    const { bench, owner, bob, eve, g, number, put } = await newGroup();

    await expect(put("active", "why not")).rejects.toEqual(refused("ALREADY"));
    await expect(put("frozen", " ")).rejects.toEqual(refused("BAD_ARGS"));
    await expect(
      setGroupState(bench.server.http, "x".repeat(43), number, { state: "frozen", why: "x" }),
    ).rejects.toEqual(refused("UNAUTHENTICATED"));
    await expect(setGroupState(bench.server.http, bench.key, 1, { state: "frozen", why: "x" })).rejects.toEqual(
      refused("NOT_FOUND"),
    );
    await expect(owner.group(g).command("group.state", { state: "frozen" })).rejects.toEqual(refused("UNKNOWN_METHOD"));
    for (const one of [bob, eve]) await one.group(g).leave();
    await owner.group(g).dissolve();
    await expect(put("active", "come back")).rejects.toEqual(refused("FROZEN"));
    await expect(owner.findGroup(number)).rejects.toEqual(refused("NOT_FOUND"));
  });
}
