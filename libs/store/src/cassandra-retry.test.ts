import cassandra, { type Client, type QueryOptions } from "cassandra-driver";
import { expect, test } from "vitest";
import { retryPolicy } from "./cassandra-client.ts";
import { takeSchemaLock } from "./cassandra-lock.ts";

const { errors, types } = cassandra;

/**
 * A driver with our policy in front of a server that carries every statement out, and whose first answer is lost.
 * The server knows one row: who holds the schema's lock.
 */
class LossyServer {
  holder: string | undefined;
  readonly statements: string[] = [];
  readonly client = { execute: (query: string, _: unknown, options: QueryOptions) => this.#ask(query, options) };

  async #ask(query: string, options: QueryOptions): Promise<unknown> {
    const policy = retryPolicy();
    for (let nbRetry = 0; ; nbRetry++) {
      const rows = this.#run(query);
      if (this.statements.length > 1) return { rows };
      const lost = new errors.OperationTimedOutError("no answer");
      const executionOptions = { isIdempotent: () => options.isIdempotent === true };
      const info = { query, nbRetry, executionOptions } as unknown as cassandra.policies.retry.OperationInfo;
      const { decision } = policy.onRequestError(info, types.consistencies.localQuorum, lost);
      if (decision === policy.rethrowResult().decision) throw lost;
    }
  }

  #run(query: string): object[] {
    this.statements.push(query.slice(0, 6));
    if (!query.startsWith("INSERT")) return [{ holder: this.holder }];
    const applied = this.holder === undefined;
    this.holder ??= /VALUES \(1, (\S+)\)/.exec(query)?.[1] ?? "";
    return [{ "[applied]": applied }];
  }
}

test("what takes the schema's lock is not repeated: who holds it already would be told that somebody else does", async () => {
  const server = new LossyServer();

  const taken = takeSchemaLock(server.client as unknown as Client, "k");

  await expect(taken).rejects.toThrow("no answer");
  expect(server.statements).toEqual(["INSERT"]);
});

test("what changes nothing when it is repeated goes to the next node", async () => {
  const server = new LossyServer();

  await server.client.execute("SELECT holder", [], { isIdempotent: true });

  expect(server.statements).toEqual(["SELECT", "SELECT"]);
});
