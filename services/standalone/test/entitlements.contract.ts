import { type Client, entitlePerson, signUp } from "@guildhall/client";
import type { Entitlement } from "@guildhall/proto/tables";
import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import type { Bench, StartBench } from "./bench.ts";

const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });
const recallPolicy = refused("POLICY", { d: { axis: "recall" } });
const DAY_MS = 86_400_000;

/** What every composition must do: the operator entitles people, and the rules of groups follow. */
export function entitlementsContract(startBench: StartBench): void {
  async function newGroup() {
    const bench = await startBench();
    const owner = await withPassword(bench, "owner");
    const bob = await withPassword(bench, "bob");
    const { g } = await owner.createGroup({ name: "Book club", category: "interest", policy: "qq" });
    await bob.group(g).join();
    const entitle = (word: string, to: Entitlement, untilMs: number, why = "paid") =>
      entitlePerson(bench.server.http, bench.key, bench.name(word), { to, until: untilMs, why, ref: "case 7" });
    return { bench, owner, bob, g, entitle };
  }

  /** Whether somebody may take back what they say, which in qq needs super_member. */
  async function recalls(client: Client, g: number): Promise<boolean> {
    const { s } = await client.group(g).send("hasty");
    const outcome = await client
      .group(g)
      .recall(s)
      .catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toEqual(recallPolicy);
    return !(outcome instanceof Error);
  }

  test("S04: what somebody is entitled to holds in every group, those they join later too, until it is taken back", async () => {
    const { bench, owner, bob, g, entitle } = await newGroup();
    expect(await recalls(bob, g)).toBe(false);
    await entitle("bob", "super_member", bob.nowMs() + DAY_MS);

    await until(() => recalls(bob, g));
    const later = await owner.createGroup({ name: "Film club", category: "interest", policy: "qq" });
    await bob.group(later.g).join();
    await until(() => recalls(bob, later.g));
    await bench.restart();
    expect(await recalls(bob, g)).toBe(true);

    await entitle("bob", "super_member", 0, "not paid");
    await until(async () => !(await recalls(bob, g)));
    await until(async () => !(await recalls(bob, later.g)));
    expect(await bob.entitlements()).toMatchObject({
      held: { super_member: 0 },
      changes: [
        { to: "super_member", why: "paid", ref: "case 7" },
        { to: "super_member", until: 0, why: "not paid" },
      ],
    });
    const { acts } = await owner.group(g).audit({ m: "member.holdings" });
    expect(acts).toMatchObject([
      { u: 0, on: bob.me, after: { members: { holds: { v: 1 } } } },
      { u: 0, on: bob.me, after: { members: { holds: { v: 2, held: { super_member: 0 } } } } },
    ]);
  });

  test("S04: it ends by itself, in the moment that was said", async () => {
    const { bob, g, entitle } = await newGroup();
    const endMs = bob.nowMs() + 3_000;
    await entitle("bob", "super_member", endMs);
    await until(() => recalls(bob, g));

    await until(() => bob.nowMs() > endMs + 100);
    expect(await recalls(bob, g)).toBe(false);
  });

  test("S04: only the operator entitles, with a reason, an end to come, and to what there is", async () => {
    const { bench, bob, g, entitle } = await newGroup();
    const { http } = bench.server;
    const ok = { to: "vip" as const, until: bob.nowMs() + DAY_MS, why: "paid" };

    await expect(entitle("bob", "vip", bob.nowMs() - 1)).rejects.toEqual(refused("BAD_ARGS"));
    await expect(entitle("bob", "vip", bob.nowMs() + DAY_MS, " ")).rejects.toEqual(refused("BAD_ARGS"));
    await expect(entitle("nobody", "vip", bob.nowMs() + DAY_MS)).rejects.toEqual(refused("NOT_FOUND"));
    await expect(entitlePerson(http, "x".repeat(43), bench.name("bob"), ok)).rejects.toEqual(
      refused("UNAUTHENTICATED"),
    );
    const unknown = { ...ok, to: "gold" as "vip" };
    await expect(entitlePerson(http, bench.key, bench.name("bob"), unknown)).rejects.toEqual(refused("BAD_ARGS"));
    const held = { u: bob.me, v: 9, held: { super_member: ok.until } };
    await expect(bob.group(g).command("member.holdings", held)).rejects.toEqual(refused("UNKNOWN_METHOD"));
    expect(await bob.entitlements()).toEqual({ held: {}, changes: [] });
  });
}

async function withPassword(bench: Bench, word: string): Promise<Client> {
  return bench.client(await signUp(bench.server.http, { name: bench.name(word), password: "correct horse battery" }));
}
