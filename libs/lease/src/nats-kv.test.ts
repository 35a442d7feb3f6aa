import { Env } from "@guildhall/config";
import { sleep, systemClock } from "@guildhall/kernel";
import { connectNats, type Nats, natsConfig } from "@guildhall/nats";
import { Kvm } from "@nats-io/kv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leaseContract } from "./lease.contract.ts";
import type { Leases } from "./lease.ts";
import { natsLeases } from "./nats-kv.ts";

describe.skipIf(process.env["NATS_SERVERS"] === undefined)("needs NATS_SERVERS", () => {
  let nats: Nats;
  const buckets: string[] = [];

  beforeAll(async () => {
    nats = await connectNats(natsConfig(new Env(process.env)), "lease test", () => {});
  });
  afterAll(async () => {
    for (const bucket of buckets) await (await new Kvm(nats.connection).open(bucket)).destroy();
    await nats[Symbol.asyncDispose]();
  });

  function newBucket(): (holder: string) => Promise<Leases> {
    const bucket = `test-${crypto.randomUUID()}`;
    buckets.push(bucket);
    return (holder) => natsLeases({ nats, clock: systemClock, holder, replicas: 1, bucket });
  }

  leaseContract("nats-kv", async () => {
    const as = newBucket();
    return { ann: await as("ann"), ben: await as("ben"), silenceMs: sleep };
  });

  test("who starts later knows how old a lease is, and need not wait for all of it again", async () => {
    const as = newBucket();
    await (await as("ann")).hold("p.1");
    await sleep(3_000);
    const ben = await as("ben");
    expect(await ben.held()).toEqual(new Map([["p.1", "ann"]]));
    expect(ben.freeForMs("p.1")).toBe(0);

    await sleep(2_600);

    expect(await ben.held()).toEqual(new Map());
    expect(ben.freeForMs("p.1")).toBeGreaterThan(0);
    expect(await ben.hold("p.1")).toBe(true);
  });

  test("a renewal that landed without an answer loses nothing", async () => {
    const as = newBucket();
    // The second stands for what the first sent and had no answer to.
    const [ann, unanswered] = [await as("ann"), await as("ann")];
    await ann.hold("p.1");
    await unanswered.hold("p.1");

    expect(await ann.hold("p.1")).toBe(true);
    await ann.release("p.1");
    expect(await (await as("ben")).hold("p.1")).toBe(true);
  });
});
