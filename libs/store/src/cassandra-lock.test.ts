import cassandra, { type Client } from "cassandra-driver";
import { beforeEach, expect, test, vi } from "vitest";
import { takeSchemaLock } from "./cassandra-lock.ts";

const { errors, types } = cassandra;
const { readTimeout, writeTimeout, unauthorized } = types.responseErrorCodes;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

/** A server that refuses the first statements with these codes, then finds that whoever asked last holds the lock. */
function client(...codes: readonly number[]): Client {
  const refusals = codes.values();
  let holder = "";
  const execute = async (query: string): Promise<unknown> => {
    holder = /VALUES \(1, (\S+)\)/.exec(query)?.[1] ?? holder;
    const { done, value } = refusals.next();
    if (done !== true) throw new errors.ResponseError(value, "Server timeout");
    return { rows: [query.startsWith("SELECT") ? { holder } : { "[applied]": true }] };
  };
  return { execute } as unknown as Client;
}

async function taken(codes: readonly number[]): Promise<boolean> {
  const lock = takeSchemaLock(client(...codes), "k").then((one) => one !== undefined);
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
