import type { Bus } from "@guildhall/bus";
import { AppError, Outstanding, partitionOf } from "@guildhall/kernel";
import type {
  AskReply,
  AskRequest,
  Command,
  CommandReply,
  FactsReply,
  FactsRequest,
  Failure,
  OpenReply,
  OpenRequest,
} from "@guildhall/proto";
import { askSubject, cmdSubject, encodeCommand, factsSubject, openSubject, pack, unpack } from "@guildhall/wire";

export * from "./ids.ts";

/** When an owner is replaced, its last answers may still be on their way for so long, ms. */
const LAST_ANSWERS_MS = 100;

/** A partition that nobody answers for is being handed over most often, and has an owner again in a moment, ms. */
const NOBODY_RETRY_MS = 50;

type Succeeded<Reply> = Exclude<Reply, { readonly err: Failure }>;
export type CommandResult = Extract<CommandReply, { ok: unknown }>["ok"];

export type OwnerOptions = {
  readonly partitions: number;
  /** How long an answer is waited for; then OUTCOME_UNKNOWN. */
  readonly timeoutMs: number;
};

/**
 * Asks the owner of an entity, wherever it runs. Commands asked one after another on one entity reach
 * its owner in that order.
 *
 * All throw AppError: what the owner refused with, `UNAVAILABLE` when the partition has no owner now,
 * `OUTCOME_UNKNOWN` when no answer came.
 */
export interface OwnerClient {
  readonly partitions: number;
  command(command: Command): Promise<CommandResult>;
  ask(g: number, u: number, m: string, a: unknown): Promise<unknown>;
  open(g: number, l: number): Promise<Succeeded<OpenReply>>;
  facts(g: number, u: readonly number[]): Promise<Succeeded<FactsReply>>;
  /** The partition has another owner: what the one before has not answered in a moment is not waited for. */
  replaced(partition: number): void;
}

export function ownerClient(bus: Bus, { partitions, timeoutMs }: OwnerOptions): OwnerClient {
  const asked = Array.from({ length: partitions }, () => new Outstanding());
  const send = (p: number, subject: string, data: Uint8Array): Promise<Uint8Array> => {
    const answer = bus.request(subject, data, timeoutMs);
    return asked[p]?.wait(answer) ?? answer;
  };
  const request = async (p: number, subject: string, data: Uint8Array) => unpack(await send(p, subject, data));
  const partition = (g: number) => partitionOf(g, partitions);

  return {
    partitions,

    command(command) {
      const p = partition(command.g);
      return send(p, cmdSubject(p), encodeCommand(command)).then(resultOf, hinted);
    },

    async ask(g, u, m, a) {
      const question: AskRequest = { g, u, m, a };
      const p = partition(g);
      const reply = (await readOnly(request(p, askSubject(p), pack(question)))) as AskReply;
      if ("err" in reply) throw failed(reply.err);
      return reply.ok;
    },

    async open(g, l) {
      const question: OpenRequest = { g, l };
      const p = partition(g);
      const reply = (await readOnly(request(p, openSubject(p), pack(question)))) as OpenReply;
      if ("err" in reply) throw failed(reply.err);
      return reply;
    },

    async facts(g, u) {
      const question: FactsRequest = { g, u };
      const p = partition(g);
      const reply = (await readOnly(request(p, factsSubject(p), pack(question)))) as FactsReply;
      if ("err" in reply) throw failed(reply.err);
      return reply;
    },

    replaced(p) {
      const before = asked[p];
      if (before === undefined || before.size === 0) return;
      asked[p] = new Outstanding();
      setTimeout(() => before.fail(new AppError("OUTCOME_UNKNOWN", "the owner was replaced")), LAST_ANSWERS_MS);
    },
  };
}

function resultOf(answer: Uint8Array): CommandResult {
  const reply = unpack(answer) as CommandReply;
  if ("err" in reply) throw failed(reply.err);
  return reply.ok;
}

/** A question changes nothing, so an answer that did not come is only a reason to ask again. */
async function readOnly<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    if (cause instanceof AppError && cause.code === "OUTCOME_UNKNOWN") {
      throw new AppError("UNAVAILABLE", "no answer from the owner", { retryAfterMs: 200, cause });
    }
    return hinted(cause);
  }
}

/** Says when to ask again where nobody was there to say it. */
function hinted(cause: unknown): never {
  if (!(cause instanceof AppError) || cause.code !== "UNAVAILABLE" || cause.retryAfterMs !== undefined) throw cause;
  throw new AppError("UNAVAILABLE", cause.message, { retryAfterMs: NOBODY_RETRY_MS, cause });
}

function failed({ code, d, ra }: Failure): AppError {
  return new AppError(code, "refused by the owner", {
    ...(d === undefined ? {} : { d }),
    ...(ra === undefined ? {} : { retryAfterMs: ra }),
  });
}
