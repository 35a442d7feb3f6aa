import { memoryJournal } from "@guildhall/journal/memory";
import { randomId } from "@guildhall/kernel";
import type { AccountsList, AccountView, CommandName, GroupAccount, GroupView } from "@guildhall/proto";
import { expect, onTestFinished, test, vi } from "vitest";
import { command, newStore, startBench } from "../../test/bench.ts";

test("S19: an account hears of a group that came to it, and the group of what has changed since, with no gateway left", async () => {
  const bench = await startBench(memoryJournal(), newStore());
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const [a, g, ann, bob] = [randomId(), randomId(), randomId(), randomId()];
  const act = (on: number, u: number, m: CommandName, args: unknown) => bench.owner.command(command(on, u, m, args));
  const account = async () => (await bench.owner.ask(a, ann, "account.get", { a })) as AccountView;
  const groupOf = async () => (await bench.owner.ask(g, ann, "group.get", { g })) as GroupView;
  const seats = async (u: number) => ((await bench.owner.ask(u, u, "accounts.list", {})) as AccountsList).accounts;

  await act(a, ann, "account.create", { name: "School" });
  const yes = (await act(a, ann, "account.take", { g, made: true })).d as GroupAccount;
  await act(a, ann, "operator.set", { u: bob, grade: "main" });
  await act(a, ann, "account.rename", { name: "College" });
  const profile = { name: "Test", category: "study", number: 100_000_001 };
  await act(g, ann, "group.create", { ...profile, account: yes });

  await vi.waitFor(async () => expect((await account()).groups).toEqual([g]));
  await vi.waitFor(async () => expect((await groupOf()).account).toEqual({ a, name: "College" }));
  await act(g, bob, "member.join", {});
  await act(g, bob, "group.policy", { policy: "qq" });
  await vi.waitFor(async () => expect(await seats(bob)).toEqual([{ a, name: "College", grade: "main" }]));

  await act(a, ann, "operator.remove", { u: bob });
  await vi.waitFor(async () => expect(await seats(bob)).toEqual([]));
  await vi.waitFor(async () =>
    expect(act(g, bob, "group.policy", { policy: "wechat" })).rejects.toMatchObject({ code: "FORBIDDEN" }),
  );
  await act(g, bob, "member.leave", {});
  await act(g, ann, "group.dissolve", {});
  await vi.waitFor(async () => expect((await account()).groups).toEqual([]));
});
