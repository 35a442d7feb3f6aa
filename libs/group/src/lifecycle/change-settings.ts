import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type CommandSpec, type SettingsArgs } from "@guildhall/proto";
import { decide, decisionKeys } from "../decide.ts";
import { GROUPS, type GroupRow } from "./tables.ts";

const PACE: CommandSpec = COMMANDS["group.settings"];
const MORE: CommandSpec = { ...PACE, bit: "EDIT_SETTINGS" };

/**
 * `group.settings`: changes what is named and not so already; the event has what changed. A cap below the
 * number of members removes nobody.
 * @throws AppError of the rule; for `membersMax`, `attribution` and `official` also of the rule for EDIT_SETTINGS; `ALREADY` when nothing changes.
 */
export const changeSettings: Handler<SettingsArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, args, ctx) {
    const { group } = decide(tx, ctx, PACE);
    if ([args.membersMax, args.attribution, args.official].some((value) => value !== undefined)) decide(tx, ctx, MORE);
    const body = changesOf(group, args);
    if (Object.keys(body).length === 0) throw new AppError("ALREADY", "nothing changes");
    tx.put(GROUPS, { ...group, ...body });
    tx.emit({ kind: "group.settings", body, permission: body.muteAll !== undefined });
  },
};

/** What of `args` is not so already. */
function changesOf(group: GroupRow, args: SettingsArgs): SettingsArgs {
  const { muteAll, slowMs, membersMax } = group;
  const now: Required<SettingsArgs> = {
    muteAll,
    slowMs,
    membersMax,
    attribution: group.attribution ?? "admins",
    official: group.official ?? false,
  };
  const isNew = ([name, value]: [string, unknown]) => value !== now[name as keyof SettingsArgs];
  return Object.fromEntries(Object.entries(args).filter(isNew));
}
