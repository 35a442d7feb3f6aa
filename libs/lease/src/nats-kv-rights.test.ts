import { Env } from "@guildhall/config";
import { systemClock } from "@guildhall/kernel";
import { connectNats, natsConfig } from "@guildhall/nats";
import { describe, expect, test, vi } from "vitest";
import { natsLeases } from "./nats-kv.ts";

describe.skipIf(process.env["TEST_SECRETS"] === undefined)("needs TEST_SECRETS", () => {
  const as = (user: string, heard: string[]) => {
    const login = { NATS_USER: user, NATS_PASSWORD_FILE: `${process.env["TEST_SECRETS"]}/nats-${user}` };
    return connectNats(natsConfig(new Env({ ...process.env, ...login })), "rights test", (status) =>
      heard.push(status),
    );
  };

  test("the fanout's rights are enough for all that leases do, on three servers", async () => {
    const heard: string[] = [];
    await using nats = await as("fanout", heard);
    const name = `test.${crypto.randomUUID()}`;
    const open = (holder: string) => natsLeases({ nats, clock: systemClock, holder, replicas: 3 });
    await using ann = await open("ann");
    await using ben = await open("ben");

    expect(await ann.hold(name)).toBe(true);
    expect(await ben.hold(name)).toBe(false);
    expect(await ann.hold(name)).toBe(true);
    await vi.waitFor(async () => expect((await ben.held()).get(name)).toBe("ann"), { timeout: 5_000 });
    await ann.release(name);
    expect(await ben.hold(name)).toBe(true);
    await ben.release(name);

    expect(heard.filter((status) => status.includes("Violation"))).toEqual([]);
  }, 60_000);

  test("the gateway's are for none of it", async () => {
    await using nats = await as("gateway", []);

    const leases = natsLeases({ nats, clock: systemClock, holder: "mallory", replicas: 3 });

    await expect(leases).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});
