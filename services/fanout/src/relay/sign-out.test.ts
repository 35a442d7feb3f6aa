import { memoryJournal } from "@guildhall/journal/memory";
import { makeNonce, randomId, systemClock } from "@guildhall/kernel";
import type { CommandName, DevicesList } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { expect, onTestFinished, test, vi } from "vitest";
import { command, newStore, startBench } from "../../test/bench.ts";

test("who loses a group by a recovery is signed out on what they had before, and stays signed in elsewhere", async () => {
  let aheadMs = 0;
  const clock = { ...systemClock, nowMs: () => Date.now() + aheadMs };
  const bench = await startBench(memoryJournal(), newStore(), undefined, undefined, clock);
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const [g, owner] = [randomId(), randomId()];
  const guardians = [1, 2, 3].map(() => randomId());
  const [one = 0, two = 0] = guardians;
  const act = (on: number, u: number, m: CommandName, a: unknown) => {
    const nowMs = clock.nowMs();
    const more = { n: makeNonce(nowMs), dl: nowMs + 10_000, auth: nowMs, why: "lost" };
    return bench.owner.command(command(on, u, m, a, more));
  };
  const signIn = (u: number, dev: string) =>
    act(u, u, "device.open", { dev: dev.padEnd(22, "x"), app: "", refresh: "r", password: true });
  const devices = async (u: number) =>
    ((await bench.owner.ask(u, u, "devices.list", {})) as DevicesList).devices.map(({ dev }) =>
      dev.replaceAll("x", ""),
    );
  for (const [i, u] of [owner, one].entries()) {
    await act(u, u, "person.create", { name: `person_${i}`, secret: "s" });
    await signIn(u, "phone");
  }
  await act(g, owner, "group.create", { name: "Test", category: "study", number: 100_000_001 });
  for (const u of guardians) await act(g, u, "member.join", {});
  await act(g, owner, "guardian.set", { u: guardians, need: 2 });
  const { s } = await act(g, one, "recovery.open", { to: two });
  await act(g, two, "recovery.approve", { s });

  aheadMs = LIMITS.recoveryDelayMs + 1_000;
  // What was not stored yet looks three days old at first.
  await vi.waitFor(() => signIn(one, "desk"));
  await vi.waitFor(() => act(g, one, "recovery.finish", { s, to: two }));

  await vi.waitFor(async () => expect(await devices(owner)).toEqual([]));
  expect(await devices(one)).toEqual(expect.arrayContaining(["phone", "desk"]));
});
