import { AppError, Closers, sleep } from "@guildhall/kernel";
import type { Nats } from "@guildhall/nats";
import type { OwnerClient } from "@guildhall/owner";
import type { Command, Entry } from "@guildhall/proto";
import { type TcpProxy, until } from "@guildhall/testkit";
import { decodeRecord } from "@guildhall/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deadlineIn, newGroup, say } from "./bench.ts";
import { HAS_SERVERS, Installation, type Process, stop } from "./servers.ts";

/** A command is waited for as long as this, ms: shorter than a takeover. */
const ANSWER_MAX_MS = 2_000;
/** A lease that is not renewed ends, and is taken: 8 s are promised, on a machine of its own. */
const TAKEN_MAX_MS = 30_000;
/** A replaced owner notices, and an append without an answer is settled. */
const SETTLED_MAX_MS = 30_000;
const SENT_MS = 300;
/** What follows from a new group has been done by then: the next record goes out at once, without a look at the journal. */
const QUIET_MS = 1_000;

type Kept = { readonly term: number; readonly entries: readonly Entry[] };

/** Everything is forced by proxies between one process and the servers; the others have connections of their own. */
describe.skipIf(!HAS_SERVERS)("forced cases (need NATS_SERVERS)", { timeout: 180_000 }, () => {
  let closers: Closers;
  let installation: Installation;
  let nats: Nats;
  let owner: OwnerClient;
  let proxies: readonly TcpProxy[];

  beforeEach(async () => {
    closers = new Closers();
    installation = closers.use(new Installation(1));
    nats = closers.use(await installation.connect());
    owner = installation.owner(nats, ANSWER_MAX_MS);
    proxies = await installation.proxies();
  });
  afterEach(() => closers[Symbol.asyncDispose](), 60_000);

  const hold = (...directions: ("up" | "down")[]) => proxies.forEach((proxy) => proxy.hold(undefined, directions));
  const release = (...directions: ("up" | "down")[]) => proxies.forEach((proxy) => proxy.release(directions));

  /** A fanout, behind the proxies or not, which goes with the test. */
  async function started(through: readonly TcpProxy[] = []): Promise<Process> {
    const process = await installation.start(through);
    closers.defer(() => stop(process));
    closers.defer(() => release("up", "down"));
    return process;
  }

  const owns = (process: Process, count: number, maxMs: number) =>
    until(async () => (await process.owned()) === count, maxMs);

  /** A group in which somebody has said something: its newest event is seq 2. */
  async function groupOf(process: Process): Promise<{ readonly g: number; readonly u: number }> {
    await owns(process, 1, TAKEN_MAX_MS);
    const group = await newGroup({ owner: installation.owner(nats, TAKEN_MAX_MS) }, 0, 1);
    await sleep(QUIET_MS);
    await owner.command(say(group.g, group.u, "before"));
    await sleep(SENT_MS);
    return group;
  }

  /** What the journal has, in order. */
  async function records(): Promise<readonly Kept[]> {
    const journal = await installation.journal(nats);
    const items = await journal.read(0, 1, 100_000);
    return items.map(({ data }) => {
      const { term, e: entries } = decodeRecord(data);
      return { term, entries };
    });
  }

  async function placesOf({ n }: Command): Promise<readonly number[]> {
    const all = (await records()).flatMap(({ entries }) => entries);
    return all.filter((entry) => entry.n !== null && Buffer.compare(entry.n, n) === 0).map(({ s }) => s);
  }

  /** The answer, or the code of the refusal. */
  const outcome = (command: Command): Promise<number | string> =>
    owner.command(command).then(
      ({ s }) => s,
      (error: unknown) => {
        if (error instanceof AppError) return error.code;
        throw error;
      },
    );

  /** Sends it again, with a new deadline, until it is answered. */
  async function insist(command: Command): Promise<number> {
    for (const endMs = Date.now() + SETTLED_MAX_MS; ; await sleep(50)) {
      const answer = await outcome({ ...command, at: crypto.randomUUID(), dl: deadlineIn(5_000) });
      if (typeof answer === "number") return answer;
      expect(["UNAVAILABLE", "OUTCOME_UNKNOWN"]).toContain(answer);
      expect(Date.now()).toBeLessThan(endMs);
    }
  }

  test("an append of a replaced owner that arrives late is refused by the fence, and its command has one answer", async () => {
    const zombie = await started(proxies);
    const { g, u } = await groupOf(zombie);
    const command = say(g, u, "in flight");

    // The command comes in; the record does not go out.
    hold("up");
    const first = outcome(command);
    await sleep(SENT_MS);
    const successor = await started();
    await owns(successor, 1, TAKEN_MAX_MS);
    const taken = (await records()).length;
    expect(await placesOf(command)).toEqual([]);
    release("up");
    await owns(zombie, 0, SETTLED_MAX_MS);
    const answers = [await insist(command), await insist(command)];

    expect(await first).toBe("OUTCOME_UNKNOWN");
    expect(zombie.failures[0]).toContain("wrong last sequence");
    const [after, terms] = [(await records()).slice(taken - 1), (await records()).map(({ term }) => term)];
    // From the successor's first record on there is nothing of the term before.
    expect(new Set(after.map(({ term }) => term))).toEqual(new Set([Math.max(...terms)]));
    expect(await placesOf(command)).toEqual([answers[0]]);
    expect(answers[1]).toBe(answers[0]);
    expect(await successor.owned()).toBe(1);
  });

  test("where the answer to an append is lost, the message is there once and the repeat is told its place", async () => {
    const one = await started(proxies);
    const { g, u } = await groupOf(one);
    const command = say(g, u, "landed");

    hold("up");
    const first = outcome(command);
    await sleep(SENT_MS);
    // Now the record goes out, and what the server answers does not come in.
    hold("down");
    release("up");
    await until(async () => (await placesOf(command)).length === 1, SETTLED_MAX_MS);
    for (const proxy of proxies) proxy.cut();
    release("up", "down");
    const answers = [await insist(command), await insist(command)];

    expect(["OUTCOME_UNKNOWN", 3]).toContain(await first);
    expect(one.failures).toContainEqual(expect.stringContaining("append not answered"));
    expect(answers).toEqual([3, 3]);
    expect(await placesOf(command)).toEqual([3]);
  });

  test("a command that its sender sleeps on until another owner is there and its time is over is not decided", async () => {
    const former = await installation.start();
    const { g, u } = await groupOf(former);
    const sleeper = closers.use(await installation.connect(proxies));
    const asks = installation.owner(sleeper, TAKEN_MAX_MS);
    await asks.command(say(g, u, "awake"));
    const command = say(g, u, "in hand", { dl: deadlineIn(ANSWER_MAX_MS) });

    hold("up", "down");
    const late = asks.command(command).then(
      () => "ok",
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );
    const successor = await started();
    await stop(former);
    await owns(successor, 1, TAKEN_MAX_MS);
    await sleep(Math.max(0, command.dl - performance.now() + SENT_MS));
    const elsewhere = await insist(say(g, u, "meanwhile"));
    release("up", "down");
    const said = await late;

    expect(said).not.toBe("ok");
    expect(await placesOf(command)).toEqual([]);
    // Sent again by whoever it belongs to it is a command like any other, once.
    const again = await insist(command);
    expect(again).toBe(elsewhere + 1);
    expect(await insist(command)).toBe(again);
    expect(await placesOf(command)).toEqual([again]);
  });
});
