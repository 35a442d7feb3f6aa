import { Env } from "@guildhall/config";
import { sleep, systemClock } from "@guildhall/kernel";
import { connectNats, type Nats, natsConfig } from "@guildhall/nats";
import { Kvm } from "@nats-io/kv";
import { afterAll, beforeAll, describe } from "vitest";
import { leaseContract } from "./lease.contract.ts";
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

  leaseContract("nats-kv", async () => {
    const bucket = `test-${crypto.randomUUID()}`;
    buckets.push(bucket);
    const as = (holder: string) => natsLeases({ nats, clock: systemClock, holder, replicas: 1, bucket });
    return { ann: await as("ann"), ben: await as("ben"), silenceMs: sleep };
  });
});
