import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type LockArgs, type ProfileEvents } from "@guildhall/proto";
import { decide, decisionKeys } from "../decide.ts";
import { GROUPS } from "../lifecycle/tables.ts";

/** `profile.lock`: name, picture and intro become the owner's alone, or what they were. @throws AppError of the rule; `ALREADY`. */
export const lockProfile: Handler<LockArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, { on }, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["profile.lock"]);
    if ((group.locked ?? false) === on) throw new AppError("ALREADY", on ? "locked" : "not locked");
    tx.put(GROUPS, { ...group, locked: on });
    const body: ProfileEvents["profile.lock"] = { on };
    tx.emit({ kind: "profile.lock", body });
  },
};
