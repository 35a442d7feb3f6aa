import type { Bus } from "@guildhall/bus";
import type { Journal } from "@guildhall/journal";
import { memoryJournal } from "@guildhall/journal/memory";
import { partitionOf, randomId } from "@guildhall/kernel";
import type { CommandName, Revocation } from "@guildhall/proto";
import { personSubject, unpack } from "@guildhall/wire";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Bench, command, newStore, PARTITIONS, startBench } from "../../test/bench.ts";

const [phone, desk] = ["phone", "desk"].map((name) => name.padEnd(22, "x")) as [string, string];

/** Somebody signed in on two devices, and what is told of them. */
async function signedIn(bench: Bench) {
  const u = randomId();
  const told: Revocation[] = [];
  await listen(bench.bus, u, told);
  const run = (m: CommandName, a: unknown) => bench.owner.command(command(u, u, m, a));
  await run("person.create", { name: "ann", secret: "old" });
  for (const dev of [phone, desk]) await run("device.open", { dev, app: "", refresh: `${dev}A`, password: true });
  return { u, told, run };
}

async function listen(bus: Bus, u: number, told: Revocation[]): Promise<void> {
  await bus.subscribe(
    personSubject(partitionOf(u, PARTITIONS)),
    ({ data }) => void told.push(unpack(data) as Revocation),
  );
}

async function setUp(journal: Journal = memoryJournal()) {
  const bench = await startBench(journal);
  onTestFinished(() => bench[Symbol.asyncDispose]());
  return bench;
}

test.each<[string, CommandName, unknown, string]>([
  ["an ended device", "device.end", { devs: [desk] }, "ended"],
  [
    "a changed password",
    "password.change",
    { was: "old", secret: "new", dev: phone, refresh: "B", others: [desk] },
    "password",
  ],
])("%s is told once, with its person and why", async (_, m, a, why) => {
  const { u, told, run } = await signedIn(await setUp());
  expect(told).toEqual([]);

  await run(m, a);
  await run(m, a);

  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(told).toEqual([{ u, devs: [desk], at: expect.any(Number), why }]);
});

test("a refresh token used twice is told, one used once is not", async () => {
  const { u, told, run } = await signedIn(await setUp());
  await run("device.renew", { dev: desk, from: `${desk}A`, to: "B" });
  expect(told).toEqual([]);

  await run("device.renew", { dev: desk, from: `${desk}A`, to: "C" });

  await vi.waitFor(() => expect(told).toMatchObject([{ u, devs: [desk], why: "reuse" }]));
});

test("what the owner before may not have told, the next one tells", async () => {
  const journal = memoryJournal();
  const before = await startBench(journal);
  const { u, run } = await signedIn(before);
  await run("device.end", { devs: [desk] });
  await before[Symbol.asyncDispose]();
  const told: Revocation[] = [];

  const next = await startBench(journal, newStore(), (bus) => listen(bus, u, told));
  onTestFinished(() => next[Symbol.asyncDispose]());

  await vi.waitFor(() => expect(told).toMatchObject([{ u, devs: [desk], why: "ended" }]));
});
