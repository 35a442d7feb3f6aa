import { Env } from "@guildhall/config";
import { connectNats, type NatsConfig, natsConfig } from "@guildhall/nats";
import { describe, expect, test } from "vitest";
import { jetstreamJournal } from "./jetstream.ts";

/** A partition that no installation has. Its stream stays: the fanout's user may not delete one. */
const P = 65_535;
const MIB = 2 ** 20;

describe.skipIf(process.env["TEST_SECRETS"] === undefined)("needs TEST_SECRETS", () => {
  function as(user: string): NatsConfig {
    const login = { NATS_USER: user, NATS_PASSWORD_FILE: `${process.env["TEST_SECRETS"]}/nats-${user}` };
    return natsConfig(new Env({ ...process.env, ...login }));
  }

  test("the fanout's rights are enough for all that a journal does, on three servers", async () => {
    const heard: string[] = [];
    await using nats = await connectNats(as("fanout"), "rights test", (status) => heard.push(status));
    await using journal = await jetstreamJournal({ nats, partitions: 0, replicas: 3, maxBytes: MIB });
    const { last } = await journal.end(P);

    for (let i = 0; i < 20; i++) await journal.append(P, last + i, new Uint8Array([i]));
    const few = await journal.read(P, last + 1, 2);
    const many = await journal.read(P, last + 1, 20);
    await journal.purge(P, last + 11);

    expect(few.map(({ data }) => data[0])).toEqual([0, 1]);
    expect(many.map(({ data }) => data[0])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(await journal.end(P)).toEqual({ first: last + 11, last: last + 20 });
    expect(heard.filter((status) => status.includes("Violation"))).toEqual([]);
  }, 60_000);

  test("the gateway's are for none of it", async () => {
    await using nats = await connectNats(as("gateway"), "rights test", () => {});

    const opened = jetstreamJournal({ nats, partitions: 1, replicas: 3, maxBytes: MIB, openingMs: 1_000 });

    await expect(opened).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});
