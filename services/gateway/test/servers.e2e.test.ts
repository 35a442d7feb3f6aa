import type { Bus } from "@guildhall/bus";
import { natsBus } from "@guildhall/bus/nats";
import { Env } from "@guildhall/config";
import { Closers } from "@guildhall/kernel";
import { connectNats, natsConfig } from "@guildhall/nats";
import { CLIENT_FRAME } from "@guildhall/proto";
import { seededRandom, until } from "@guildhall/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { type Bench, startBench } from "./bench.ts";
import type { Client } from "./client.ts";

const MESSAGES = 600;
/** A batch is late by up to so much, and one of so many comes again, by up to so much later. */
const LATE_MAX_MS = 60;
const AGAIN_EVERY = 3;
const AGAIN_MAX_MS = 400;
const BATCHES = /^ev\./;

let closers: Closers;
afterEach(() => closers[Symbol.asyncDispose]());

/** What was done to batches. */
type Disorder = { overtaken: number; again: number };

/** The bus under subjects of its own, so that nobody else on these servers is meant. */
async function scopedBus(scope: string): Promise<Bus> {
  const nats = closers.use(await connectNats(natsConfig(new Env(process.env)), "gateway test", () => {}));
  const bus = closers.use(natsBus(nats, () => {}));
  const scoped = (subject: string) => `${scope}.${subject}`;
  return {
    publish: (subject, data) => bus.publish(scoped(subject), data),
    subscribe: (subject, onMessage) => bus.subscribe(scoped(subject), onMessage),
    request: (subject, data, timeoutMs) => bus.request(scoped(subject), data, timeoutMs),
    answer: (subject, onQuestion) => bus.answer(scoped(subject), onQuestion),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Batches of events come late, overtake one another, and come again; everything else passes. */
function unruly(bus: Bus, random: () => number, disorder: Disorder): Bus {
  const timers = new Set<NodeJS.Timeout>();
  closers.defer(() => timers.forEach(clearTimeout));
  let published = 0;
  let newest = 0;
  const later = (ms: number, publish: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      publish();
    }, ms);
    timers.add(timer);
  };
  return {
    ...bus,
    publish(subject, data) {
      if (!BATCHES.test(subject)) return bus.publish(subject, data);
      const held = data.slice();
      const number = ++published;
      later(random() * LATE_MAX_MS, () => {
        if (number < newest) disorder.overtaken++;
        newest = Math.max(newest, number);
        bus.publish(subject, held);
        if (random() * AGAIN_EVERY >= 1) return;
        disorder.again++;
        later(random() * AGAIN_MAX_MS, () => bus.publish(subject, held));
      });
    },
  };
}

describe.skipIf(process.env["NATS_SERVERS"] === undefined)("needs NATS_SERVERS", { timeout: 60_000 }, () => {
  test.each([1, 2])(
    "seed %i: batches that are repeated, late and out of order are seen once and in order",
    async (seed) => {
      closers = new Closers();
      const random = seededRandom(seed);
      const disorder: Disorder = { overtaken: 0, again: 0 };
      const scope = `t${crypto.randomUUID().slice(0, 8)}`;
      const owner = unruly(await scopedBus(scope), random, disorder);
      const bench: Bench = closers.use(await startBench({ buses: { gateway: await scopedBus(scope), owner } }));
      await until(() => bench.gateway.ready());
      const groups = [bench.group(1, 2), bench.group(1, 2)];
      const clients: Client[] = [await bench.person(1), await bench.person(2, "json")];
      for (const client of clients) await client.ok(CLIENT_FRAME.sub, { g: groups, mode: 1 });

      for (let i = 0; i < MESSAGES; i++) {
        const g = groups[i % groups.length] ?? 0;
        bench.owner.text(g, `message ${i}`);
        // What the former owner has sent is on its way still.
        if (i === MESSAGES / 2) bench.owner.succeed();
        if (i % 4 === 3) await new Promise((resolve) => setTimeout(resolve, random() * 8));
      }
      const heads = groups.map((g) => bench.owner.head(g));
      await Promise.all(clients.flatMap((client) => groups.map((g, i) => client.has(g, heads[i] ?? 0))));
      await new Promise((resolve) => setTimeout(resolve, LATE_MAX_MS + AGAIN_MAX_MS + 100));

      for (const client of clients) {
        for (const g of groups) expect(client.events(g)).toEqual(bench.owner.events(g).slice(1));
        expect(client.of("gap")).toEqual([]);
      }
      const { repeated, stale } = bench.gateway.stats();
      expect(Math.min(disorder.overtaken, disorder.again, repeated, stale)).toBeGreaterThan(10);
    },
  );
});
