import type { Bus } from "@guildhall/bus";
import { AppError, partitionOf } from "@guildhall/kernel";
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
}

export function ownerClient(bus: Bus, { partitions, timeoutMs }: OwnerOptions): OwnerClient {
  const request = async (subject: string, data: Uint8Array) => unpack(await bus.request(subject, data, timeoutMs));
  const partition = (g: number) => partitionOf(g, partitions);

  return {
    partitions,

    command: (command) =>
      bus.request(cmdSubject(partition(command.g)), encodeCommand(command), timeoutMs).then(resultOf),

    async ask(g, u, m, a) {
      const question: AskRequest = { g, u, m, a };
      const reply = (await readOnly(request(askSubject(partition(g)), pack(question)))) as AskReply;
      if ("err" in reply) throw failed(reply.err);
      return reply.ok;
    },

    async open(g, l) {
      const question: OpenRequest = { g, l };
      const reply = (await readOnly(request(openSubject(partition(g)), pack(question)))) as OpenReply;
      if ("err" in reply) throw failed(reply.err);
      return reply;
    },

    async facts(g, u) {
      const question: FactsRequest = { g, u };
      const reply = (await readOnly(request(factsSubject(partition(g)), pack(question)))) as FactsReply;
      if ("err" in reply) throw failed(reply.err);
      return reply;
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
    throw cause;
  }
}

function failed({ code, d, ra }: Failure): AppError {
  return new AppError(code, "refused by the owner", {
    ...(d === undefined ? {} : { d }),
    ...(ra === undefined ? {} : { retryAfterMs: ra }),
  });
}
