import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { LifecycleEvents, StateArgs } from "@guildhall/proto";
import { badArgs } from "../bad-args.ts";
import { onlyOffered } from "../decide.ts";
import { GROUPS } from "./tables.ts";

/**
 * `group.state`: the operator of the installation freezes a group, bans it, or opens it again, and says why.
 * @throws AppError `FORBIDDEN` for anybody else; `BAD_ARGS` without a reason; `NOT_FOUND`; `FROZEN` for a group that
 *   was dissolved; `ALREADY`.
 */
export const changeState: Handler<StateArgs> = {
  reads: (_, ctx) => [rowKey(GROUPS, ctx.g)],
  run(tx, { state }, ctx) {
    onlyOffered(ctx);
    if (ctx.actor !== 0) throw new AppError("FORBIDDEN", "operators only");
    if (ctx.why.trim() === "") throw badArgs("/why", "is missing");
    const group = tx.get(GROUPS, ctx.g);
    if (group === undefined) throw new AppError("NOT_FOUND", "no such group");
    if (group.state === "dissolved") throw new AppError("FROZEN", group.state);
    if (group.state === state) throw new AppError("ALREADY", `${state} already`);
    tx.put(GROUPS, { ...group, state });
    const body: LifecycleEvents["group.state"] = { state };
    tx.emit({ kind: "group.state", body, permission: true });
  },
};
