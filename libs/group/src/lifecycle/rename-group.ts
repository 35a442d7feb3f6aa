import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type LifecycleEvents, type RenameArgs } from "@guildhall/proto";
import { nameOf } from "../names.ts";
import { decideBrand, profileKeys } from "../profile/decide-brand.ts";
import { putBrand } from "../profile/versions.ts";

/**
 * `group.rename`: another name, by whom the policy lets.
 * @throws AppError of the rule; `BAD_ARGS` for what cannot be a name; `ALREADY` for the same; `SLOW_MODE` after
 *   LIMITS.profileChangesPerDay.
 */
export const renameGroup: Handler<RenameArgs> = {
  reads: (_, ctx) => profileKeys(ctx),
  run(tx, args, ctx) {
    const { group } = decideBrand(tx, ctx, COMMANDS["group.rename"], args);
    const name = nameOf(args.name, "/name");
    if (name === group.name) throw new AppError("ALREADY", "same name");
    const body: LifecycleEvents["group.rename"] = { name };
    const { seq, atMs } = tx.emit({ kind: "group.rename", body });
    putBrand(tx, ctx, group, { ...group, name }, { s: seq, at: atMs });
  },
};
