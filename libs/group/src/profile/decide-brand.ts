import { type Context, type RowKey, rowKey, type Tx } from "@guildhall/entity";
import { COMMANDS, type CommandSpec } from "@guildhall/proto";
import { type Decision, decide, decisionKeys } from "../decide.ts";
import { GROUPS } from "../lifecycle/tables.ts";
import { PROFILE_HEADS } from "./tables.ts";

/** What a change of name, picture or intro reads. */
export function profileKeys(ctx: Context): RowKey[] {
  return [...decisionKeys(ctx), rowKey(PROFILE_HEADS, ctx.g)];
}

/**
 * The right to change name, picture or intro: `spec`, for another name also `group.rename`, and in a group whose
 * profile is locked the owner's, whatever roles or the policy give.
 * @throws AppError of the rule.
 */
export function decideBrand(
  tx: Tx,
  ctx: Context,
  spec: CommandSpec,
  { name }: { readonly name?: string | undefined },
): Decision {
  const isLocked = tx.get(GROUPS, ctx.g)?.locked === true;
  const asLocked = (one: CommandSpec): CommandSpec => (isLocked ? { ...one, ownerOnly: true, dangerous: true } : one);
  const decision = decide(tx, ctx, asLocked(spec));
  if (name !== undefined) decide(tx, ctx, asLocked(COMMANDS["group.rename"]));
  return decision;
}
