import { Env } from "@guildhall/config";
import { sleep } from "@guildhall/kernel";
import { connectNats, type Nats, natsConfig } from "@guildhall/nats";
import { TcpProxy, until } from "@guildhall/testkit";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jetstreamJournal } from "./jetstream.ts";
import { journalContract } from "./journal.contract.ts";

const MIB = 2 ** 20;

describe.skipIf(process.env["NATS_SERVERS"] === undefined)("needs NATS_SERVERS", () => {
  let nats: Nats;
  const prefixes: string[] = [];

  beforeAll(async () => {
    nats = await connectNats(natsConfig(new Env(process.env)), "journal test", () => {});
  });
  afterAll(async () => {
    const manager = await jetstreamManager(nats.connection);
    for await (const { config } of manager.streams.list()) {
      if (prefixes.some((prefix) => config.name.startsWith(prefix))) await manager.streams.delete(config.name);
    }
    await nats[Symbol.asyncDispose]();
  });

  const open = (prefix: string) => jetstreamJournal({ nats, partitions: 0, replicas: 1, maxBytes: MIB, prefix });
  function prefixOf(): string {
    const prefix = `t${crypto.randomUUID()}`;
    prefixes.push(prefix);
    return prefix;
  }

  const names = new Map<object, string>();
  journalContract(
    "jetstream",
    async () => {
      const prefix = prefixOf();
      const journal = await open(prefix);
      names.set(journal, prefix);
      return journal;
    },
    {
      reopen: async (journal) => {
        await journal[Symbol.asyncDispose]();
        const again = await open(names.get(journal) ?? "");
        for (const p of [0, 65_535]) await again.end(p);
        return again;
      },
    },
  );

  test("many records come back in order, and past a purge", async () => {
    const journal = await open(prefixOf());
    for (let i = 0; i < 300; i++) await journal.append(0, i, new Uint8Array([i % 256]));
    await journal.purge(0, 11);

    const items = await journal.read(0, 11, 512);

    expect(items.map(({ position }) => position)).toEqual(Array.from({ length: 290 }, (_, i) => i + 11));
    expect(items.every(({ position, data }) => data[0] === (position - 1) % 256)).toBe(true);
  });

  test("a reader is known to every server of the cluster before it is used, or is waited for", async () => {
    const prefix = prefixOf();
    const journal = await open(prefix);
    for (let i = 0; i < 10; i++) await journal.append(0, i, new Uint8Array([i]));
    const config = natsConfig(new Env(process.env));
    const read: number[][] = [];

    for (const server of config.servers) {
      await using one = await connectNats({ ...config, servers: [server] }, "journal test", () => {});
      await using there = await jetstreamJournal({ nats: one, partitions: 0, replicas: 1, maxBytes: MIB, prefix });
      const pages = await Promise.all(Array.from({ length: 10 }, () => there.read(0, 1, 10)));
      read.push(...pages.map((page) => page.map(({ data }) => data[0] ?? -1)));
    }

    expect(read).toEqual(read.map(() => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  test("a stream that is made beginning further on takes its first record there", async () => {
    const prefix = prefixOf();
    const options = { nats, partitions: 0, replicas: 1, maxBytes: MIB, prefix };
    const journal = await jetstreamJournal({ ...options, begins: () => 4_711 });

    expect(await journal.end(0)).toEqual({ first: 4_711, last: 4_710 });
    expect(await journal.append(0, 4_710, new Uint8Array([7]))).toBe(4_711);

    const again = await jetstreamJournal(options);
    expect(await again.end(0)).toEqual({ first: 4_711, last: 4_711 });
    expect(await again.append(0, 4_711, new Uint8Array([8]))).toBe(4_712);
    expect((await again.read(0, 4_711, 2)).map(({ data }) => data[0])).toEqual([7, 8]);
    expect(again.bytes()).toBe(2);
  });

  test("of two processes at one position one is refused, and sees the other's record then", async () => {
    const prefix = prefixOf();
    const [first, second] = [await open(prefix), await open(prefix)];
    await first.append(0, 0, new Uint8Array([1]));
    await second.end(0);

    const both = await Promise.allSettled([
      first.append(0, 1, new Uint8Array([2])),
      second.append(0, 1, new Uint8Array([3])),
    ]);

    const kept = both.findIndex(({ status }) => status === "fulfilled");
    expect(both[1 - kept]).toMatchObject({ reason: { code: "CONFLICT" } });
    const loser = kept === 0 ? second : first;
    expect(await loser.end(0)).toEqual({ first: 1, last: 2 });
    expect((await loser.read(0, 2, 1))[0]?.data).toEqual(new Uint8Array([kept + 2]));
    expect(loser.bytes()).toBe(2);
  });

  test("a stream that would drop records, or is not there often enough, is refused with what is wrong", async () => {
    const prefix = prefixOf();
    const manager = await jetstreamManager(nats.connection);
    await manager.streams.add({
      name: `${prefix}JOURNAL_0`,
      subjects: [`${prefix}journal.0`],
      max_age: 3_600_000_000_000,
      num_replicas: 1,
    });

    const refused = jetstreamJournal({ nats, partitions: 1, replicas: 3, maxBytes: MIB, prefix });

    await expect(refused).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(refused).rejects.toThrow(/num_replicas is 1, not 3/);
    await expect(refused).rejects.toThrow(/discard is "old", not "new"/);
    await expect(refused).rejects.toThrow(/max_age is 3600000000000, not 0/);
  });

  test("what another process has purged since it was seen is not damaged, but gone", async () => {
    const prefix = prefixOf();
    const [one, other] = [await open(prefix), await open(prefix)];
    for (let i = 0; i < 5; i++) await one.append(0, i, new Uint8Array([i]));
    expect(await one.end(0)).toEqual({ first: 1, last: 5 });

    await other.purge(0, 4);

    await expect(one.read(0, 2, 1)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await one.read(0, 4, 2)).map(({ data }) => data[0])).toEqual([3, 4]);
  });

  test("an append whose connection is lost is unknown at once, and the next one finds what became of it", async () => {
    const config = natsConfig(new Env(process.env));
    await using way = await TcpProxy.start(Number(config.servers[0]?.split(":").at(-1)));
    await using cut = await connectNats({ ...config, servers: [`127.0.0.1:${way.port}`] }, "journal test", () => {});
    await using journal = await jetstreamJournal({
      nats: cut,
      partitions: 0,
      replicas: 1,
      maxBytes: MIB,
      prefix: prefixOf(),
    });
    await journal.append(0, 0, new Uint8Array([1]));
    way.hold();
    const sinceMs = performance.now();

    const append = journal.append(0, 1, new Uint8Array([2]));
    append.catch(() => {});
    await sleep(50);
    way.cut();
    way.release();

    await expect(append).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    await until(() => cut.connected, 10_000);
    const { last } = await journal.end(0);
    expect(await journal.append(0, last, new Uint8Array([3]))).toBe(last + 1);
    expect(performance.now() - sinceMs).toBeLessThan(5_000);
  });

  test("a record that was damaged on its way is refused and not skipped", async () => {
    const prefix = prefixOf();
    const journal = await open(prefix);
    await journal.append(0, 0, new Uint8Array([1, 2, 3]));
    await nats.connection.request(`${prefix}journal.0`, new Uint8Array(20));

    await expect(journal.read(0, 1, 2)).rejects.toMatchObject({ code: "INTERNAL" });
  });
});
