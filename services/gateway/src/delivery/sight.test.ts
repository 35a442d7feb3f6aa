import type { Permit } from "@guildhall/permit";
import { type Answer, EVENT_FLAGS, type Question } from "@guildhall/proto";
import { encodeEvent } from "@guildhall/wire";
import { beforeEach, expect, test, vi } from "vitest";
import { SILENT } from "../../test/silent-events.ts";
import { Session } from "../session/session.ts";
import { Lane } from "./lane.ts";
import { Partition } from "./partition.ts";
import { type KeptEvent, kept } from "./ring.ts";
import { Sight } from "./sight.ts";

const socket = {
  send: () => 1,
  ping: () => 1,
  getBufferedAmount: () => 0,
  end() {},
  cork: (write: () => void) => write(),
};

let lane: Lane;
let asked: Question[];
let answer: (question: Question) => Answer | Promise<Answer>;
let flushed: number;
let failures: unknown[];
let people: Map<number, Session>;
let sight: Sight;

beforeEach(() => {
  lane = new Lane(5, 0, new Partition(0, { wanting() {}, replaced() {}, missed() {} }, 0), SILENT, 0);
  [asked, failures, people, flushed] = [[], [], new Map(), 0];
  answer = ({ minV }) => ({ ok: true, v: minV, lo: 0, hi: 2 ** 15, rank: 100 });
  const permit = {
    checkMany: (questions: readonly Question[]) => {
      asked.push(...questions);
      return Promise.all(questions.map(async (question) => answer(question)));
    },
  } as unknown as Permit;
  sight = new Sight({
    permit,
    sessions: { of: (u) => [people.get(u)].filter((one) => one !== undefined) },
    flusher: { flush: () => void flushed++ },
    failed: (error) => void failures.push(error),
  });
  for (const u of [1, 2, 3]) {
    const session = new Session(String(u), socket, "msgpack", 0, { slow: 0 });
    session.person = { u, dev: "", auth: 0 } as NonNullable<Session["person"]>;
    people.set(u, session);
    lane.audience.add(session, true);
  }
});

const at = (u: number): Session => people.get(u) as Session;
const seeing = () => [1, 2, 3].filter((u) => lane.audience.sees(at(u)));

function changed(k: string, b: unknown, s = 8): KeptEvent {
  const bytes = encodeEvent({ s, k, u: 1, ts: 1, m: 0, pv: s, pp: 0, b });
  return kept({ g: 5, l: 0, s, pv: s, pos: s, at: 1, flags: EVENT_FLAGS.permission, bytes });
}

test("a change of one person's permissions puts only theirs in doubt, any other everybody's", () => {
  sight.changed(lane, changed("role.take", { u: 2, role: 3 }));
  expect(seeing()).toEqual([1, 3]);

  sight.changed(lane, changed("role.edit", { role: 3, u: 2 }));
  expect(seeing()).toEqual([]);
  expect(lane.audience.unsure.size).toBe(3);
  expect(asked).toEqual([]);
});

test("those in doubt are asked about once, at the lane's version, and then what waits is sent", async () => {
  lane.pv = 8;
  sight.changed(lane, changed("role.edit", { role: 3 }));
  answer = ({ u, minV }) => ({ ok: u !== 2, v: minV, lo: 0, hi: 0, rank: 0, ...(u === 2 ? { why: "BIT" } : {}) });

  sight.ask(lane);
  sight.ask(lane);
  expect(lane.asking).toBe(true);
  await vi.waitFor(() => expect(flushed).toBe(1));

  expect(asked.map(({ u, need, minV }) => [u, need, minV])).toEqual([1, 2, 3].map((u) => [u, ["VIEW_AUDIT_LOG"], 8]));
  expect(seeing()).toEqual([1, 3]);
  expect([lane.asking, lane.audience.unsure.size]).toEqual([false, 0]);
});

test("an answer from before a further change says nothing", async () => {
  lane.pv = 8;
  sight.changed(lane, changed("role.take", { u: 2, role: 3 }));
  answer = ({ minV }) => {
    if (minV === 8) lane.pv = 9;
    return { ok: minV === 8, v: minV, lo: 0, hi: 0, rank: 0, ...(minV === 8 ? {} : { why: "BIT" }) };
  };

  sight.ask(lane);
  await vi.waitFor(() => expect(flushed).toBe(1));

  expect(asked.map(({ minV }) => minV)).toEqual([8, 9]);
  expect(seeing()).toEqual([1, 3]);
});

test.each<[string, () => Answer | Promise<Answer>]>([
  ["is not known", () => ({ ok: false, v: 0, lo: 0, hi: 0, rank: 0, why: "UNKNOWN" })],
  ["does not come", () => new Promise<Answer>(() => {})],
  ["fails", () => Promise.reject(new Error("no sidecar"))],
])("where the answer %s what waits is sent all the same, and they stay in doubt", async (_, how) => {
  sight.changed(lane, changed("role.edit", { role: 3 }));
  answer = how;

  sight.ask(lane);
  await vi.waitFor(() => expect(flushed).toBe(1));

  expect(seeing()).toEqual([]);
  expect([lane.asking, lane.audience.unsure.size]).toEqual([false, 3]);
});
