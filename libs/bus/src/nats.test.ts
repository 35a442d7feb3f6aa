import { Env } from "@guildhall/config";
import { connectNats, type Nats, natsConfig } from "@guildhall/nats";
import { afterAll, describe, expect, test, vi } from "vitest";
import { busContract } from "./bus.contract.ts";
import { natsBus } from "./nats.ts";

describe.skipIf(process.env["NATS_SERVERS"] === undefined)("needs NATS_SERVERS", () => {
  const opened: Nats[] = [];
  afterAll(() => Promise.all(opened.map((nats) => nats[Symbol.asyncDispose]())));

  async function connection(): Promise<Nats> {
    const nats = await connectNats(natsConfig(new Env(process.env)), "bus test", () => {});
    opened.push(nats);
    return nats;
  }

  busContract("nats", async (onError) => natsBus(await connection(), onError));

  test("what one process publishes and asks, another hears and answers", async () => {
    const [here, there] = [natsBus(await connection(), () => {}), natsBus(await connection(), () => {})];
    const subject = `test.${crypto.randomUUID()}`;
    const seen: Uint8Array[] = [];
    await there.subscribe(subject, ({ data }) => seen.push(data));
    await there.answer(`${subject}.ask`, async (data) => data);

    here.publish(subject, new Uint8Array([1, 2]));

    await vi.waitFor(() => expect(seen.map((data) => Uint8Array.from(data))).toEqual([new Uint8Array([1, 2])]));
    expect(await here.request(`${subject}.ask`, new Uint8Array([3]), 5_000)).toEqual(new Uint8Array([3]));
  });

  test("without its connection everything is UNAVAILABLE", async () => {
    const nats = await connection();
    const bus = natsBus(nats, () => {});
    await nats[Symbol.asyncDispose]();

    expect(() => bus.publish("test.x", new Uint8Array())).toThrow(/^UNAVAILABLE/);
    await expect(bus.request("test.x", new Uint8Array(), 100)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(bus.subscribe("test.x", () => {})).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});
