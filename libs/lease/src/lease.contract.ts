import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LEASE_TTL_MS, type Leases } from "./lease.ts";

/** Two holders of one new, empty table; `silenceMs` lets time pass in which neither says anything. */
export type Opened = {
  readonly ann: Leases;
  readonly ben: Leases;
  readonly silenceMs: (ms: number) => Promise<void>;
};

/** What Leases must be. Each adapter's test calls this and nothing more. */
export function leaseContract(name: string, open: () => Promise<Opened>): void {
  describe(`lease: ${name}`, () => {
    let ann: Leases;
    let ben: Leases;
    let silenceMs: Opened["silenceMs"];

    beforeEach(async () => {
      ({ ann, ben, silenceMs } = await open());
    });
    afterEach(() => Promise.all([ann[Symbol.asyncDispose](), ben[Symbol.asyncDispose]()]));

    test("one holder a name, and it may hold it again", async () => {
      expect(await ann.hold("p.1")).toBe(true);
      expect(await ben.hold("p.1")).toBe(false);
      expect(await ann.hold("p.1")).toBe(true);
      expect(await ben.hold("p.2")).toBe(true);
    });

    test("of two who come at once one has it", async () => {
      const got = await Promise.all([ann.hold("p.1"), ben.hold("p.1")]);

      expect(got.filter(Boolean)).toHaveLength(1);
    });

    test("both see who holds what", async () => {
      await ann.hold("p.1");
      await ben.hold("p.2");
      const all = new Map([
        ["p.1", ann.holder],
        ["p.2", ben.holder],
      ]);

      for (const leases of [ann, ben]) {
        await vi.waitFor(async () => expect(new Map(await leases.held())).toEqual(all), { timeout: 5_000 });
      }
    });

    test("what is released is free at once, and only its holder can release it", async () => {
      await ann.hold("p.1");
      await ben.release("p.1");
      expect(await ben.hold("p.1")).toBe(false);

      await ann.release("p.1");

      expect(await ben.hold("p.1")).toBe(true);
      await ann.release("p.1");
      expect(await ann.hold("p.1")).toBe(false);
      await vi.waitFor(async () => expect(new Map(await ann.held())).toEqual(new Map([["p.1", ben.holder]])), {
        timeout: 5_000,
      });
    });

    test("who is silent too long has lost it, and who is not keeps it", { timeout: 30_000 }, async () => {
      await ann.hold("p.1");
      await silenceMs(LEASE_TTL_MS / 2);
      await ann.hold("p.1");
      await silenceMs(LEASE_TTL_MS / 2 + 500);
      expect(await ben.hold("p.1")).toBe(false);

      await silenceMs(LEASE_TTL_MS + 1_000);

      expect(new Map(await ben.held())).toEqual(new Map());
      expect(await ben.hold("p.1")).toBe(true);
      expect(await ann.hold("p.1")).toBe(false);
    });

    test("what is given up is free at once for everybody, and others are told", async () => {
      const told: string[] = [];
      ben.onReleased((name) => told.push(name));
      await ann.hold("p.1");
      await vi.waitFor(async () => expect([...(await ben.held()).keys()]).toEqual(["p.1"]), { timeout: 5_000 });
      expect(ben.freeForMs("p.1")).toBe(0);

      await ann.release("p.1");

      await vi.waitFor(() => expect(told).toEqual(["p.1"]), { timeout: 5_000 });
      expect(new Map(await ben.held())).toEqual(new Map());
      expect(ben.freeForMs("p.1")).toBe(Number.POSITIVE_INFINITY);
      await ben.hold("p.1");
      expect(ben.freeForMs("p.1")).toBe(0);
      await vi.waitFor(async () => expect((await ann.held()).get("p.1")).toBe(ben.holder), { timeout: 5_000 });
      expect(ann.freeForMs("p.1")).toBe(0);
    });

    test("what ends by silence is free since it ended", { timeout: 30_000 }, async () => {
      await ben.held();
      await ann.hold("p.1");
      await vi.waitFor(async () => expect([...(await ben.held()).keys()]).toEqual(["p.1"]), { timeout: 5_000 });

      await silenceMs(LEASE_TTL_MS + 1_000);
      await ben.held();

      const freeForMs = ben.freeForMs("p.1");
      expect(freeForMs).toBeGreaterThan(0);
      expect(freeForMs).toBeLessThan(2_500);
      await silenceMs(1_000);
      await ben.held();
      expect(ben.freeForMs("p.1")).toBeGreaterThanOrEqual(freeForMs + 900);
    });

    test("after closing everything is UNAVAILABLE", async () => {
      await ann[Symbol.asyncDispose]();

      await expect(ann.hold("p.1")).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(ann.release("p.1")).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(ann.held()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    });
  });
}
