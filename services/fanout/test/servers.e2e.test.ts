import { AppError, makeNonce, sleep } from "@guildhall/kernel";
import type { Nats } from "@guildhall/nats";
import type { OwnerClient } from "@guildhall/owner";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newGroup, say } from "./bench.ts";
import { HAS_SERVERS, Installation, type Process, stop } from "./servers.ts";

const PARTITIONS = 8;

/** A question whose answer is lost, as where a server has not heard yet who stopped answering, costs this much, ms. */
const ANSWER_MAX_MS = 2_000;
/** Ten times and twice what is promised, 300 ms and 8 s: tests share a processor with others. */
const LEFT_MAX_MS = ANSWER_MAX_MS + 3_000;
const ENDED_MAX_MS = 16_000;

describe.skipIf(!HAS_SERVERS)("needs NATS_SERVERS", { timeout: 120_000 }, () => {
  const installation = new Installation(PARTITIONS);
  const start = () => installation.start();
  let nats: Nats;
  let owner: OwnerClient;

  beforeAll(async () => {
    nats = await installation.connect();
    owner = installation.owner(nats, ANSWER_MAX_MS);
  });
  afterAll(async () => {
    await nats[Symbol.asyncDispose]();
    await installation[Symbol.asyncDispose]();
  });

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
    const patient = installation.owner(nats, 30_000);
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
