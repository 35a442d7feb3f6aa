import { expect, test } from "vitest";
import { memoryPresence } from "./memory.ts";
import { presenceContract, steppedClock } from "./presence.contract.ts";

presenceContract("memory", async () => {
  const clock = steppedClock();
  return { presence: memoryPresence(clock), passMs: async (ms) => clock.pass(ms) };
});

test("of one person's sessions at most 100 are remembered, the newest", async () => {
  const clock = steppedClock();
  await using presence = memoryPresence(clock);

  for (let i = 0; i < 150; i++) await presence.arrive(5, `s${i}`, 60_000);
  expect(await presence.sessions([5])).toEqual([100]);

  for (let i = 0; i < 50; i++) await presence.leave(5, `s${i}`);
  expect(await presence.sessions([5])).toEqual([100]);
});

test("of one group at most 20,000 sessions are remembered, the newest", async () => {
  await using presence = memoryPresence(steppedClock());

  for (let i = 0; i < 20_010; i++) await presence.enter(i, `s${i}`, [7], 60_000);

  expect(await presence.present([7])).toEqual([20_000]);
});

test.each([
  { perSecond: 0, burst: 1 },
  { perSecond: 1, burst: 0 },
  { perSecond: Number.NaN, burst: 1 },
])("a rate of $perSecond a second with burst $burst is our mistake", async (rate) => {
  await using presence = memoryPresence(steppedClock());

  await expect(presence.take("b", rate)).rejects.toMatchObject({ code: "INTERNAL" });
});
