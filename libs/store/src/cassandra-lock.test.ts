import cassandra, { type Client } from "cassandra-driver";
import { beforeEach, expect, test, vi } from "vitest";
import { takeSchemaLock } from "./cassandra-lock.ts";

const { errors, types } = cassandra;
const { readTimeout, writeTimeout, unauthorized } = types.responseErrorCodes;

let statements: string[] = [];
let refusals: number[] = [];

beforeEach(() => {
  statements = [];
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

/** A server that refuses the next statements with these codes, then finds that whoever asked last holds the lock. */
function client(codes: readonly number[]): Client {
  refusals = [...codes];
  let holder = "";
  const execute = async (query: string): Promise<unknown> => {
    statements.push(query.slice(0, 6));
    holder = /VALUES \(1, (\S+)\)/.exec(query)?.[1] ?? holder;
    const code = refusals.shift();
    if (code !== undefined) throw new errors.ResponseError(code, "Server timeout");
    return { rows: [query.startsWith("SELECT") ? { holder } : { "[applied]": true }] };
  };
  return { execute } as unknown as Client;
}

async function taken(codes: readonly number[]): Promise<boolean> {
  const lock = takeSchemaLock(client(codes), "k").then((one) => one !== undefined);
  lock.catch(() => {});
  await vi.runAllTimersAsync();
  return await lock;
}

test.each([
  ["the lock", [writeTimeout]],
  ["the lock, and then who has it", [readTimeout, readTimeout, readTimeout]],
])("a server that gives up on %s is asked who has it until it knows", async (_, codes) => {
  expect(await taken(codes)).toBe(true);
});

test("a server that never knows is given up", async () => {
  await expect(taken([writeTimeout, ...Array.from({ length: 20 }, () => readTimeout)])).rejects.toThrow("timeout");
});

test("what is refused for another reason is not asked again", async () => {
  await expect(taken([unauthorized])).rejects.toMatchObject({ code: unauthorized });
});

test("a server that gives up on what keeps or frees the lock is asked again until it has done so", async () => {
  const lock = await takeSchemaLock(client([]), "k");
  refusals = [writeTimeout, readTimeout];

  const kept = lock?.stillHere();
  await vi.runAllTimersAsync();
  await kept;
  refusals = [writeTimeout];
  const released = lock?.release();
  await vi.runAllTimersAsync();
  await released;

  expect(statements).toEqual(["INSERT", "UPDATE", "UPDATE", "UPDATE", "DELETE", "DELETE"]);
});
