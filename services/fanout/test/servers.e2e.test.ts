import { natsBus } from "@guildhall/bus/nats";
import { Env } from "@guildhall/config";
import { jetstreamJournal } from "@guildhall/journal/jetstream";
import { AppError, makeNonce, sleep, systemClock } from "@guildhall/kernel";
import { natsLeases } from "@guildhall/lease/nats-kv";
import { connectNats, type Nats, natsConfig } from "@guildhall/nats";
import { type OwnerClient, ownerClient } from "@guildhall/owner";
import type { Store } from "@guildhall/store";
import { Registry } from "@guildhall/telemetry";
import { silentLog } from "@guildhall/telemetry/log";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Fanout, startFanout } from "../src/fanout.ts";
import { newGroup, newStore, say } from "./bench.ts";

const PARTITIONS = 8;
const REPLICAS = Number(process.env["NATS_REPLICAS"] ?? 1);
const id = `t${crypto.randomUUID().slice(0, 8)}`;
const config = { partitions: PARTITIONS, journalKeepMs: 86_400_000, journalKeepBytes: 2 ** 30 };

/** A question whose answer is lost, as where a server has not heard yet who stopped answering, costs this much, ms. */
const ANSWER_MAX_MS = 2_000;
/** Ten times and twice what is promised, 300 ms and 8 s: tests share a processor with others. */
const LEFT_MAX_MS = ANSWER_MAX_MS + 3_000;
const ENDED_MAX_MS = 16_000;

/** One fanout with a connection of its own, as in a process of its own. */
type Process = { readonly nats: Nats; readonly fanout: Fanout };

describe.skipIf(process.env["NATS_SERVERS"] === undefined)("needs NATS_SERVERS", { timeout: 120_000 }, () => {
  let store: Store;
  let nats: Nats;
  let owner: OwnerClient;
  const connection = () => connectNats(natsConfig(new Env(process.env)), "fanout test", () => {});

  beforeAll(async () => {
    store = newStore();
    nats = await connection();
    owner = ownerClient(
      natsBus(nats, () => {}),
      { partitions: PARTITIONS, timeoutMs: ANSWER_MAX_MS },
    );
  });
  afterAll(async () => {
    const streams = Array.from({ length: PARTITIONS }, (_, p) => `${id}JOURNAL_${p}`);
    for (const stream of [...streams, `KV_${id}`]) await nats.connection.request(`$JS.API.STREAM.DELETE.${stream}`);
    await nats[Symbol.asyncDispose]();
  });

  async function start(): Promise<Process> {
    const own = await connection();
    const common = { nats: own, clock: systemClock, replicas: REPLICAS };
    const fanout = await startFanout(config, {
      bus: natsBus(own, () => {}),
      leases: await natsLeases({ ...common, holder: crypto.randomUUID(), bucket: id }),
      journal: await jetstreamJournal({ ...common, partitions: PARTITIONS, maxBytes: 2 ** 30, prefix: id }),
      store,
      clock: systemClock,
      registry: new Registry(),
      log: silentLog,
    });
    return { nats: own, fanout };
  }

  async function stop({ nats: own, fanout }: Process): Promise<void> {
    await fanout[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  }

  /** Says something in a group, again and again, under one nonce each. */
  class Talk {
    readonly seqs: number[] = [];
    longestMs = 0;
    #talking = true;
    readonly #done: Promise<void>;

    constructor(g: number, u: number) {
      this.#done = this.#talk(g, u);
    }

    async end(): Promise<void> {
      this.#talking = false;
      await this.#done;
    }

    async #talk(g: number, u: number): Promise<void> {
      let lastMs = performance.now();
      while (this.#talking) {
        const nowMs = Date.now();
        const once = { n: makeNonce(nowMs) };
        const s = await this.#insist(() => say(g, u, "hi", once));
        this.longestMs = Math.max(this.longestMs, performance.now() - lastMs);
        lastMs = performance.now();
        this.seqs.push(s);
        await sleep(10);
      }
    }

    async #insist(command: () => ReturnType<typeof say>): Promise<number> {
      for (;;) {
        try {
          return (await owner.command(command())).s;
        } catch (error) {
          if (!(error instanceof AppError) || !["UNAVAILABLE", "OUTCOME_UNKNOWN"].includes(error.code)) throw error;
          await sleep(10);
        }
      }
    }
  }

  async function talk(): Promise<Talk[]> {
    // Each is made once, however slow the machine is.
    const patient = ownerClient(
      natsBus(nats, () => {}),
      { partitions: PARTITIONS, timeoutMs: 30_000 },
    );
    const groups = Array.from({ length: PARTITIONS }, (_, p) => newGroup({ owner: patient }, p, PARTITIONS));
    return (await Promise.all(groups)).map(({ g, u }) => new Talk(g, u));
  }

  const ready = (...processes: readonly Process[]) =>
    vi.waitFor(() => expect(processes.map(({ fanout }) => fanout.ready())).toEqual(processes.map(() => true)), {
      timeout: 20_000,
      interval: 50,
    });

  function expectDense(talks: readonly Talk[]): void {
    for (const { seqs } of talks) expect(seqs).toEqual(Array.from(seqs, (_, i) => i + 2));
  }

  test("partitions go from one to another and back while everybody talks, and nobody waits long", async () => {
    let one = await start();
    await ready(one);
    const talks = await talk();
    for (let round = 0; round < 4; round++) {
      const other = await start();
      await ready(one, other);
      await stop(one);
      await ready(other);
      one = other;
    }
    await Promise.all(talks.map((each) => each.end()));
    await stop(one);

    expectDense(talks);
    expect(Math.max(...talks.map(({ longestMs }) => longestMs))).toBeLessThan(LEFT_MAX_MS);
  });

  test("what a fanout that ends without a word held is served again", async () => {
    const [one, other] = [await start(), await start()];
    await ready(one, other);
    const talks = await talk();
    await sleep(500);

    await one.nats.connection.close();

    await sleep(10_000);
    await Promise.all(talks.map((each) => each.end()));
    await Promise.all([one, other].map(({ fanout }) => Promise.resolve(fanout[Symbol.asyncDispose]()).catch(() => {})));
    await other.nats[Symbol.asyncDispose]();
    expectDense(talks);
    const longest = Math.max(...talks.map(({ longestMs }) => longestMs));
    expect(longest).toBeGreaterThan(5_000);
    expect(longest).toBeLessThan(ENDED_MAX_MS);
  });
});
