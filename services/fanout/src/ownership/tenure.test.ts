import { LEASE_TTL_MS } from "@guildhall/lease";
import { MemoryLeases } from "@guildhall/lease/memory";
import { expect, test } from "vitest";
import { Tenure } from "./tenure.ts";

function setUp() {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const table = new MemoryLeases(clock);
  const [ann, ben] = [table.as("ann"), table.as("ben")];
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { clock, ann, ben, pass, tenure: new Tenure("p.1", ann, clock) };
}

test("speaks until shortly before the lease ends, as often as it is renewed", async () => {
  const { tenure, pass } = setUp();
  expect(tenure.speaks()).toBe(false);
  await tenure.hold();
  pass(LEASE_TTL_MS - 501);
  expect(tenure.speaks()).toBe(true);
  pass(1);
  expect(tenure.speaks()).toBe(false);

  await tenure.hold();

  expect(tenure.speaks()).toBe(true);
});

test("a lease that had lapsed and was got again counts after a record that was sent since", async () => {
  const { tenure, pass, clock } = setUp();
  await tenure.hold();
  const beforeMs = clock.monotonicMs();
  pass(LEASE_TTL_MS);

  expect(await tenure.hold()).toBe(true);

  expect(tenure.speaks()).toBe(false);
  tenure.proved(beforeMs);
  await tenure.hold();
  expect(tenure.speaks()).toBe(false);
  tenure.proved(clock.monotonicMs());
  expect(tenure.speaks()).toBe(true);
});

test("is over for good when somebody else has the name, also when it is free again", async () => {
  const { tenure, pass, ben } = setUp();
  await tenure.hold();
  pass(LEASE_TTL_MS);
  await ben.hold("p.1");

  expect(await tenure.hold()).toBe(false);
  await ben.release("p.1");

  expect(await tenure.hold()).toBe(false);
  expect([tenure.over, tenure.speaks()]).toEqual([true, false]);
});

test("a renewal on its way does not take back what is released", async () => {
  const { ann, ben, clock } = setUp();
  let answer = () => {};
  const slow = new Tenure("p.1", { ...ann, hold: (name) => delayed(() => ann.hold(name)) }, clock);
  function delayed<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer = () => void work().then(resolve, reject);
    });
  }
  const first = slow.hold();
  answer();
  await first;
  const renewal = slow.hold();

  const released = slow.release();
  answer();

  expect(await renewal).toBe(false);
  await released;
  expect(await ben.hold("p.1")).toBe(true);
});

test("what cannot be known gives nothing up", async () => {
  const { tenure, ann } = setUp();
  await tenure.hold();
  await ann[Symbol.asyncDispose]();

  await expect(tenure.hold()).rejects.toMatchObject({ code: "UNAVAILABLE" });

  expect([tenure.over, tenure.speaks()]).toEqual([false, true]);
});
