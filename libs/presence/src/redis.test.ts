import { Env } from "@guildhall/config";
import { systemClock } from "@guildhall/kernel";
import { describe, expect, test, vi } from "vitest";
import { presenceContract, steppedClock } from "./presence.contract.ts";
import { redisPresence } from "./redis.ts";
import { type RedisConfig, redisConfig } from "./redis-settings.ts";

/** One who may list keys and see how long they live; the services' user may not. */
function lookingConfig(): RedisConfig {
  const folder = process.env["TEST_SECRETS"];
  const login = folder === undefined ? {} : { REDIS_USER: "test", REDIS_PASSWORD_FILE: `${folder}/redis-test` };
  return redisConfig(new Env({ ...process.env, ...login }));
}

describe.skipIf(process.env["REDIS_URL"] === undefined)("needs REDIS_URL", () => {
  const config = redisConfig(new Env(process.env));
  // Begins like what the services' user may touch.
  const prefixOf = (): string => `guildhall:test-${crypto.randomUUID()}`;

  presenceContract("redis", async () => {
    const clock = steppedClock();
    const presence = await redisPresence({ config, clock, onError: () => {}, prefix: prefixOf(), nowMs: clock.nowMs });
    return { presence, passMs: async (ms) => clock.pass(ms) };
  });

  test("two processes share sessions, cursors and buckets, by the server's time", async () => {
    const prefix = prefixOf();
    const open = (aheadMs: number) => {
      const clock = { nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() + aheadMs };
      return redisPresence({ config, clock, onError: () => {}, prefix });
    };
    await using here = await open(0);
    // A clock that is an hour off changes nothing.
    await using there = await open(3_600_000);
    await here.arrive(1, "phone", 60_000);
    await there.arrive(1, "web", 60_000);
    await here.putCursor(1, 5, { ep: 1, s: 7, m: 3 }, 60_000);

    expect(await there.sessions([1])).toEqual([2]);
    expect(await there.cursors(1, [5])).toEqual([{ ep: 1, s: 7, m: 3 }]);
    const rate = { perSecond: 0.001, burst: 10 };
    const taken = await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? here : there).take("x", rate)));
    expect(taken.filter(({ ok }) => ok)).toHaveLength(10);
  });

  test("every key ends by itself", async () => {
    const prefix = prefixOf();
    const { connectRedis } = await import("./redis-client.ts");
    await using presence = await redisPresence({ config, clock: systemClock, onError: () => {}, prefix });
    await presence.arrive(1, "phone", 60_000);
    await presence.putCursor(1, 5, { ep: 1, s: 7, m: 3 }, 60_000);
    await presence.take("x", { perSecond: 1, burst: 2 });
    await presence.enter(1, "phone", [5], 60_000);
    const redis = await connectRedis(lookingConfig(), () => {});

    const keys = await redis.keys(`${prefix}*`);
    const lives = await Promise.all(keys.map((key) => redis.pttl(key)));
    redis.disconnect();

    expect(keys).toHaveLength(6);
    expect(lives.every((ms) => ms > 0 && ms <= 60_000)).toBe(true);
  });

  test("without Redis buckets and cursors are the process's own, and presence is unknown", async () => {
    const onError = vi.fn();
    const presence = await redisPresence({ config, clock: systemClock, onError, prefix: prefixOf() });
    await presence.putCursor(1, 5, { ep: 1, s: 7, m: 3 }, 60_000);
    await presence[Symbol.asyncDispose]();

    await expect(presence.sessions([1])).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(presence.arrive(1, "phone", 1_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await presence.putCursor(1, 6, { ep: 1, s: 8, m: 3 }, 60_000);
    expect(await presence.cursors(1, [6])).toEqual([{ ep: 1, s: 8, m: 3 }]);
    const taken = [];
    for (let i = 0; i < 3; i++) taken.push((await presence.take("x", { perSecond: 0.001, burst: 2 })).ok);
    expect(taken).toEqual([true, true, false]);
    expect(onError).toHaveBeenCalled();
  });
});

describe("settings", () => {
  test("a user without a password, and an address that is none, are mistakes", () => {
    const env = new Env({ REDIS_URL: "http://x", REDIS_USER: "u" });

    redisConfig(env);

    expect(() => env.done()).toThrow(/REDIS_URL must be[^]*REDIS_USER and REDIS_PASSWORD_FILE/);
  });
});
