import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type LifecycleEvents, type RenameArgs } from "@guildhall/proto";
import { decide, decisionKeys } from "../decide.ts";
import { nameOf } from "../names.ts";
import { GROUPS } from "./tables.ts";

/**
 * `group.rename`: another name, by whom the policy lets.
 * @throws AppError of the rule; `BAD_ARGS` for what cannot be a name; `ALREADY` for the same.
 */
export const renameGroup: Handler<RenameArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, args, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["group.rename"]);
    const name = nameOf(args.name, "/name");
    if (name === group.name) throw new AppError("ALREADY", "same name");
    tx.put(GROUPS, { ...group, name });
    const body: LifecycleEvents["group.rename"] = { name };
    tx.emit({ kind: "group.rename", body });
  },
};
