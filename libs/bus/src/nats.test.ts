import { Env } from "@guildhall/config";
import { connectNats, type Nats, natsConfig } from "@guildhall/nats";
import { TcpProxy } from "@guildhall/testkit";
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
    const seen: number[][] = [];
    await there.subscribe(subject, ({ data }) => seen.push([...data]));
    await there.answer(`${subject}.ask`, async (data) => data);

    here.publish(subject, new Uint8Array([1, 2]));

    await vi.waitFor(() => expect(seen.map((data) => Uint8Array.from(data))).toEqual([new Uint8Array([1, 2])]));
    const answer = await here.request(`${subject}.ask`, new Uint8Array([3]), 5_000);
    expect(Uint8Array.from(answer)).toEqual(new Uint8Array([3]));
  });

  test("questions of one turn travel together, and so do answers of one turn", async () => {
    const [asking, answering] = [await connection(), await connection()];
    const [here, there] = [natsBus(asking, () => {}), natsBus(answering, () => {})];
    const subject = `test.${crypto.randomUUID()}`;
    await there.answer(subject, async (data) => data);
    await here.request(subject, new Uint8Array(), 5_000);
    const messages = () => asking.connection.stats().outMsgs + answering.connection.stats().outMsgs;
    const before = messages();

    const sent = Array.from({ length: 200 }, (_, i) => Uint8Array.of(i));
    const answers = await Promise.all(sent.map((data) => here.request(subject, data, 5_000)));

    expect(answers.map((data) => [...data])).toEqual(sent.map((data) => [...data]));
    expect(messages() - before).toBeLessThan(10);
  });

  test("a question is given up as soon as the connection it was asked over is lost", async () => {
    const config = natsConfig(new Env(process.env));
    await using way = await TcpProxy.start(Number(config.servers[0]?.split(":").at(-1)));
    const nats = await connectNats({ ...config, servers: [`127.0.0.1:${way.port}`] }, "bus test", () => {});
    opened.push(nats);
    const [here, there] = [natsBus(nats, () => {}), natsBus(await connection(), () => {})];
    const subject = `test.${crypto.randomUUID()}`;
    const asked = vi.fn(() => new Promise<Uint8Array>(() => {}));
    await there.answer(subject, asked);
    const sinceMs = performance.now();

    const answer = here.request(subject, new Uint8Array([1]), 30_000);
    answer.catch(() => {});
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    way.cut();

    await expect(answer).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect(performance.now() - sinceMs).toBeLessThan(10_000);
  });

  test("more than a message may hold goes in several, in order", async () => {
    const [here, there] = [natsBus(await connection(), () => {}), natsBus(await connection(), () => {})];
    const subject = `test.${crypto.randomUUID()}`;
    const seen: number[] = [];
    await there.answer(subject, async (data) => {
      seen.push(data.length);
      return data;
    });

    const lengths = Array.from({ length: 700 }, (_, i) => (i % 50 === 0 ? 100_000 : i));
    const answers = await Promise.all(lengths.map((length) => here.request(subject, new Uint8Array(length), 10_000)));

    expect(seen).toEqual(lengths);
    expect(answers.map(({ length }) => length)).toEqual(lengths);
  });

  test("what is no message of questions is reported, and its sender hears nothing", async () => {
    const onError = vi.fn();
    const nats = await connection();
    const bus = natsBus(nats, onError);
    const subject = `test.${crypto.randomUUID()}`;
    await bus.answer(subject, async (data) => data);

    bus.publish(subject, Uint8Array.of(1, 2));

    await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(expect.any(RangeError)));
    expect([...(await bus.request(subject, Uint8Array.of(7), 5_000))]).toEqual([7]);
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
