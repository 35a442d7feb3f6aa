import { expect, test, vi } from "vitest";
import { busContract } from "./bus.contract.ts";
import { memoryBus } from "./memory.ts";

busContract("memory", async (onError) => memoryBus(onError));

test("what handlers publish is delivered in a later turn of the event loop", async () => {
  await using bus = memoryBus(() => {});
  const turns: string[] = [];
  await bus.subscribe("a", () => {
    turns.push("a");
    if (turns.length < 4) bus.publish("a", new Uint8Array());
    setImmediate(() => turns.push("other work"));
  });

  bus.publish("a", new Uint8Array());

  await vi.waitFor(() => expect(turns.filter((turn) => turn === "other work").length).toBeGreaterThanOrEqual(2));
  expect(turns.indexOf("other work")).toBeLessThan(turns.lastIndexOf("a"));
});

test("a subscriber that comes after a message does not get it", async () => {
  await using bus = memoryBus(() => {});
  const seen: string[] = [];
  await bus.subscribe("a", () => seen.push("early"));

  bus.publish("a", new Uint8Array());
  void bus.subscribe("a", () => seen.push("late"));

  await vi.waitFor(() => expect(seen).not.toEqual([]));
  expect(seen).toEqual(["early"]);
});

test("100,000 undelivered messages are the bound; those are delivered, and then there is room again", async () => {
  await using bus = memoryBus(() => {});
  let seen = 0;
  await bus.subscribe("a", () => seen++);
  await bus.answer("q", async (data) => data);
  for (let i = 0; i < 100_000; i++) bus.publish("a", new Uint8Array());

  expect(() => bus.publish("a", new Uint8Array())).toThrow(/^UNAVAILABLE/);
  await expect(bus.request("q", new Uint8Array(), 1_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });

  await vi.waitFor(() => expect(seen).toBe(100_000));
  expect(() => bus.publish("a", new Uint8Array())).not.toThrow();
});

test("a question that nobody has seen when the bus closes is UNAVAILABLE", async () => {
  const bus = memoryBus(() => {});
  await bus.answer("q", async (data) => data);
  const refused = expect(bus.request("q", new Uint8Array(), 60_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });

  await bus[Symbol.asyncDispose]();

  await refused;
});
