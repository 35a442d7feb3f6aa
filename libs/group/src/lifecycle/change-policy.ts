import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type LifecycleEvents, type PolicyArgs } from "@guildhall/proto";
import { decide, decisionKeys } from "../decide.ts";
import { GROUPS, policyNameOf } from "./tables.ts";

/**
 * `group.policy`: the group follows another policy from here on. Nobody is removed and nobody loses a role: what is
 * above its limits stays, and does not grow.
 * @throws AppError of the rule; `ALREADY` when it is that of the group.
 */
export const changePolicy: Handler<PolicyArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, { policy }, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["group.policy"]);
    if (policy === policyNameOf(group)) throw new AppError("ALREADY", "same policy");
    const body: LifecycleEvents["group.policy"] = { policy };
    const { seq } = tx.emit({ kind: "group.policy", body, permission: true });
    tx.put(GROUPS, { ...group, policy: { name: policy, s: seq } });
  },
};
