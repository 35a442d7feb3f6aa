import type { Clock } from "@guildhall/kernel";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Presence } from "./presence.ts";

/** How an adapter is opened: by a clock the test moves, if its server lets it. */
export type Opened = { readonly presence: Presence; readonly passMs: (ms: number) => Promise<void> };

/** A clock that stands still until it is told. */
export function steppedClock(): Clock & { pass(ms: number): void } {
  let nowMs = 1_000_000;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    pass(ms) {
      nowMs += ms;
    },
  };
}

/** What every Presence must do. Each adapter's test calls this and nothing more. */
export function presenceContract(name: string, open: () => Promise<Opened>): void {
  describe(`presence: ${name}`, () => {
    let presence: Presence;
    let passMs: Opened["passMs"];
    let ann: number;
    let ben: number;
    let bucket: string;

    beforeEach(async () => {
      ({ presence, passMs } = await open());
      ann = 1 + Math.floor(Math.random() * 2 ** 40);
      ben = ann + 1;
      bucket = `test.${crypto.randomUUID()}`;
    });
    afterEach(() => presence[Symbol.asyncDispose]());

    /** Takes until refused, at most `limit` times. */
    async function takeAll(rate: { perSecond: number; burst: number }, limit = 1_000): Promise<number> {
      let taken = 0;
      while (taken < limit && (await presence.take(bucket, rate)).ok) taken++;
      return taken;
    }

    test("counts the live sessions of each person, in the order asked", async () => {
      await presence.arrive(ann, "phone", 60_000);
      await presence.arrive(ann, "web", 60_000);
      await presence.arrive(ben, "phone", 60_000);

      expect(await presence.sessions([ben, ann, ann + 2, ben])).toEqual([1, 2, 0, 1]);
      expect(await presence.sessions([])).toEqual([]);
    });

    test("a session that arrives again is still one", async () => {
      await presence.arrive(ann, "phone", 60_000);
      await presence.arrive(ann, "phone", 60_000);

      expect(await presence.sessions([ann])).toEqual([1]);
    });

    test("a session that leaves is gone, the other stays, and leaving twice does nothing", async () => {
      await presence.arrive(ann, "phone", 60_000);
      await presence.arrive(ann, "web", 60_000);

      await presence.leave(ann, "phone");
      await presence.leave(ann, "phone");
      await presence.leave(ben, "phone");

      expect(await presence.sessions([ann, ben])).toEqual([1, 0]);
    });

    test("a session is forgotten when its time is over, counted from its last call", async () => {
      await presence.arrive(ann, "phone", 1_000);
      await presence.arrive(ann, "web", 1_000);
      await passMs(600);
      await presence.arrive(ann, "web", 1_000);
      await passMs(600);

      expect(await presence.sessions([ann])).toEqual([1]);

      await passMs(600);
      expect(await presence.sessions([ann])).toEqual([0]);
    });

    test("a person with several sessions in a group is one, and each group is counted by itself", async () => {
      const [here, there] = [ann + 10, ann + 11];
      await presence.enter(ann, "phone", [here, there], 60_000);
      await presence.enter(ann, "web", [here], 60_000);
      await presence.enter(ben, "tablet", [here], 60_000);

      expect(await presence.present([there, here, ann + 12, here])).toEqual([1, 2, 0, 2]);
      expect(await presence.present([])).toEqual([]);
    });

    test("a person is in a group until the last of their sessions has left it", async () => {
      const [here, there] = [ann + 10, ann + 11];
      await presence.enter(ann, "phone", [here, there], 60_000);
      await presence.enter(ann, "web", [here], 60_000);

      await presence.exit("phone", [here]);
      await presence.exit("phone", [here]);
      expect(await presence.present([here, there])).toEqual([1, 1]);

      await presence.exit("web", [here, there]);
      expect(await presence.present([here, there])).toEqual([0, 1]);
    });

    test("who does not enter again in time is in the group no more", async () => {
      const here = ann + 10;
      await presence.enter(ann, "phone", [here], 1_000);
      await presence.enter(ben, "web", [here], 60_000);
      await passMs(600);
      await presence.enter(ann, "phone", [here], 1_000);
      await passMs(600);
      expect(await presence.present([here])).toEqual([2]);

      await passMs(600);
      expect(await presence.present([here])).toEqual([1]);
    });

    test("of cursors the furthest stands, by epoch and then seq", async () => {
      const cursor = (ep: number, s: number) => ({ ep, s, m: s });
      for (const each of [cursor(1, 5), cursor(1, 4), cursor(1, 7), cursor(1, 7), cursor(1, 2)]) {
        await presence.putCursor(ann, 500, each, 60_000);
      }
      await presence.putCursor(ann, 600, cursor(1, 9), 60_000);
      await presence.putCursor(ann, 600, cursor(2, 1), 60_000);
      await presence.putCursor(ann, 600, cursor(1, 30), 60_000);

      expect(await presence.cursors(ann, [600, 500, 700])).toEqual([cursor(2, 1), cursor(1, 7), undefined]);
      expect(await presence.cursors(ben, [500])).toEqual([undefined]);
      expect(await presence.cursors(ann, [])).toEqual([]);
    });

    test("a cursor is forgotten when its time is over, counted from when it moved", async () => {
      await presence.putCursor(ann, 500, { ep: 1, s: 1, m: 1 }, 1_000);
      await passMs(600);
      await presence.putCursor(ann, 500, { ep: 1, s: 2, m: 2 }, 1_000);
      await passMs(600);
      await presence.putCursor(ann, 500, { ep: 1, s: 2, m: 2 }, 1_000);
      const [before] = await presence.cursors(ann, [500]);
      await passMs(600);

      expect(before).toEqual({ ep: 1, s: 2, m: 2 });
      expect(await presence.cursors(ann, [500])).toEqual([undefined]);
    });

    test("a bucket holds its burst and no more", async () => {
      expect(await takeAll({ perSecond: 0.001, burst: 5 })).toBe(5);
    });

    test("a bucket fills with its rate, up to its burst", async () => {
      const rate = { perSecond: 2, burst: 3 };
      await takeAll(rate);

      await passMs(1_000);
      expect(await takeAll(rate)).toBe(2);

      await passMs(60_000);
      expect(await takeAll(rate)).toBe(3);
    });

    test("buckets of different names know nothing of each other", async () => {
      await takeAll({ perSecond: 0.001, burst: 1 });

      expect(await presence.take(`${bucket}.other`, { perSecond: 0.001, burst: 1 })).toEqual({
        ok: true,
        retryAfterMs: 0,
      });
    });

    test("retryAfterMs is the very time after which there is a token", async () => {
      const rate = { perSecond: 3, burst: 2 };
      await takeAll(rate);

      const { ok, retryAfterMs } = await presence.take(bucket, rate);
      expect(ok).toBe(false);
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(334);
      await passMs(retryAfterMs);

      expect((await presence.take(bucket, rate)).ok).toBe(true);
    });

    test("being refused costs nothing", async () => {
      const rate = { perSecond: 1, burst: 1 };
      await takeAll(rate);
      for (let i = 0; i < 20; i++) await presence.take(bucket, rate);

      await passMs(1_000);

      expect((await presence.take(bucket, rate)).ok).toBe(true);
    });

    test("over any time a bucket gives its burst and what came in meanwhile, to the token", async () => {
      const steps = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 30 });

      await fc.assert(
        fc.asyncProperty(
          steps,
          fc.constantFrom(0.5, 1, 2, 4, 10),
          fc.integer({ min: 1, max: 20 }),
          async (waits, perSecond, burst) => {
            bucket = `test.${crypto.randomUUID()}`;
            let taken = await takeAll({ perSecond, burst });
            let passedMs = 0;
            for (const waitMs of waits) {
              await passMs(waitMs);
              passedMs += waitMs;
              const got = await takeAll({ perSecond, burst });
              taken += got;
              if (got === burst && passedMs * perSecond > burst * 1_000) return;
            }
            expect(taken).toBe(burst + Math.floor((passedMs * perSecond) / 1_000));
          },
        ),
        { numRuns: 50 },
      );
    });
  });
}
