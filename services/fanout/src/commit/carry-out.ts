import type { Context } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { type Decided, decide } from "./decide.ts";
import type { Job } from "./entity.ts";
import type { Lane } from "./lane.ts";
import { type Declared, Transaction } from "./transaction.ts";

/** What it came to, and what of it goes into the next record; nothing where nothing changed. */
export type Done = { readonly decided: Decided | undefined; readonly result: unknown };
export type NotDone = { readonly refusal: AppError; readonly kept: Decided | undefined };

/** Runs the handler on its rows. `pv`: the permission version before it. @throws what is no refusal. */
export function carryOut(job: Job, declared: Declared, lane: Lane, pv: number, ctx: Context): Done | NotDone {
  const { command, handler } = job;
  const atMs = Math.max(ctx.nowMs, lane.at + 1);
  const tx = new Transaction(declared, lane, atMs);
  try {
    const result = handler.run(tx, command.a as never, ctx);
    return { result, decided: decide(command, tx, lane, pv, atMs) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const keeping = new Transaction(declared, lane, atMs);
    handler.refused?.(keeping, command.a as never, ctx, error);
    return { refusal: error, kept: decide(command, keeping, lane, pv, atMs) };
  }
}
