import { memoryBus } from "@guildhall/bus/memory";
import { AppError } from "@guildhall/kernel";
import { memoryPresence } from "@guildhall/presence/memory";
import type { ServerFrame } from "@guildhall/proto";
import { type Encoding, LIMITS } from "@guildhall/proto/tables";
import { until } from "@guildhall/testkit";
import { codecFor } from "@guildhall/wire";
import { expect, test } from "vitest";
import { Audience } from "../delivery/audience.ts";
import { Session } from "../session/session.ts";
import { Sessions } from "../session/sessions.ts";
import { SENT } from "../session/socket.ts";
import { Ephemeral } from "./ephemeral.ts";
import { Online } from "./online.ts";

const G = 77;
const TTL_MS = 60_000;

function setUp() {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const bus = memoryBus(() => {});
  const presence = memoryPresence(clock);
  const failures: unknown[] = [];
  const failed = (error: unknown) => void failures.push(error);
  let sids = 0;

  /** A gateway, as far as presence is concerned, on the bus and the presence of all. */
  async function gateway(port = presence) {
    const audience = new Audience();
    const lanes = { held: (g: number) => (g === G ? ({ g, audience } as never) : undefined) };
    const counts = { presence: 0, presenceSkipped: 0, ephemeral: 0, ephemeralSkipped: 0 };
    const sessions = new Sessions();
    const needs = { bus, partitions: 1, lanes, sessions, counts, failed };
    const ephemeral = new Ephemeral({ ...needs, stirred: (g) => online.stir(g) });
    const online = new Online({ presence: port, lanes, ephemeral, clock, ttlMs: TTL_MS, counts, failed });
    await ephemeral.start();

    function session(u: number, encoding: Encoding = "msgpack") {
      const told: ServerFrame[] = [];
      const socket = {
        buffered: 0,
        send: (bytes: Uint8Array) => (told.push(codecFor(encoding).decodeServer(bytes)), SENT),
        getBufferedAmount: () => socket.buffered,
        end: () => {},
        cork: (write: () => void) => write(),
        ping: () => SENT,
      };
      const made = new Session(`sid${sids++}`, socket, encoding, nowMs, { slow: 0 });
      made.person = { u, dev: "", auth: 0, exp: 0, endsAtMs: 0 };
      return { made, told, socket };
    }
    function enters(u: number, encoding: Encoding = "msgpack", mode: "active" | "passive" = "active") {
      const entered = session(u, encoding);
      if (mode === "active") audience.add(entered.made);
      entered.made[mode === "active" ? "groups" : "passive"].add(G);
      online.entered(entered.made, G);
      return entered;
    }
    return { online, counts, audience, enters };
  }

  return {
    presence,
    failures,
    gateway,
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** Turns of every gateway until all that was to be told has been. */
    async turns(...gateways: { readonly online: Online }[]) {
      for (let i = 0; i < 4; i++) {
        await new Promise((resolve) => setImmediate(resolve));
        for (const { online } of gateways) online.turn();
      }
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const counted = (told: readonly ServerFrame[]) => told.map((frame) => ("on" in frame ? frame.on : frame.t));

test("who has the group active is told how many are there, over several gateways, each person once", async () => {
  const { gateway, turns, pass } = setUp();
  const [one, two] = [await gateway(), await gateway()];
  const ann = one.enters(1);
  await turns(one, two);
  pass(LIMITS.presenceEveryMs);

  const web = two.enters(1, "json");
  const bob = two.enters(2, "json");
  const passive = two.enters(3, "msgpack", "passive");
  await turns(one, two);

  expect(counted(ann.told)).toEqual([1, 3]);
  expect([web, bob].map(({ told }) => counted(told))).toEqual([[3], [3]]);
  expect(passive.told).toEqual([]);
  expect(await one.online.count(G)).toBe(3);
});

test("a group is told at most once in five seconds, and then what is true by then", async () => {
  const { gateway, turns, pass } = setUp();
  const one = await gateway();
  const ann = one.enters(1);
  await turns(one);

  for (let u = 2; u < 10; u++) {
    one.enters(u);
    await turns(one);
    pass(100);
  }
  const early = counted(ann.told);
  pass(LIMITS.presenceEveryMs);
  await turns(one);

  expect(early).toEqual([1]);
  expect(counted(ann.told)).toEqual([1, 9]);
});

test("a count that is the same again is not told", async () => {
  const { gateway, turns, pass } = setUp();
  const one = await gateway();
  const ann = one.enters(1);
  await turns(one);
  pass(LIMITS.presenceEveryMs);

  one.enters(1);
  await turns(one);

  expect(counted(ann.told)).toEqual([1]);
});

test("who leaves is counted no more, and the people of a gateway that died vanish by themselves", async () => {
  const { gateway, turns, pass } = setUp();
  const [one, two] = [await gateway(), await gateway()];
  const ann = one.enters(1);
  const bob = one.enters(2);
  two.enters(3);
  await turns(one, two);
  pass(LIMITS.presenceEveryMs);
  one.audience.delete(bob.made);
  one.online.left(bob.made, [G]);
  await turns(one);

  for (let i = 0; i < 3; i++) {
    pass(TTL_MS / 2);
    one.online.stays(ann.made);
    await turns(one);
  }

  expect(counted(ann.told)).toEqual([3, 2, 1]);
});

test("a slow reader is left out and counted", async () => {
  const { gateway, turns } = setUp();
  const one = await gateway();
  const [ann, slow] = [one.enters(1), one.enters(2)];
  slow.socket.buffered = LIMITS.bufferedSkipBytes;

  await turns(one);

  expect([counted(ann.told), counted(slow.told)]).toEqual([[2], []]);
  expect(one.counts).toMatchObject({ presence: 1, presenceSkipped: 1 });
});

test("without presence nothing is told, and the count is told when it is back", async () => {
  const { gateway, turns, presence, failures } = setUp();
  let away = true;
  const one = await gateway({
    ...presence,
    present: async (groups) => {
      if (away) throw new AppError("UNAVAILABLE", "presence");
      return presence.present(groups);
    },
  });
  const ann = one.enters(1);
  await turns(one);
  expect(ann.told).toEqual([]);
  expect(failures).not.toEqual([]);

  away = false;
  await turns(one);

  await until(() => ann.told.length === 1);
  expect(counted(ann.told)).toEqual([1]);
});
