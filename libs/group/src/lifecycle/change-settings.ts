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
 * @throws AppError of the rule; for `membersMax` and `attribution` also of the rule for EDIT_SETTINGS; `ALREADY` when nothing changes.
 */
export const changeSettings: Handler<SettingsArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, args, ctx) {
    const { group } = decide(tx, ctx, PACE);
    if (args.membersMax !== undefined || args.attribution !== undefined) decide(tx, ctx, MORE);
    const body = changesOf(group, args);
    if (Object.keys(body).length === 0) throw new AppError("ALREADY", "nothing changes");
    tx.put(GROUPS, { ...group, ...body });
    tx.emit({ kind: "group.settings", body, permission: body.muteAll !== undefined });
  },
};

function changesOf(group: GroupRow, { muteAll, slowMs, membersMax, attribution }: SettingsArgs): SettingsArgs {
  return {
    ...(attribution === undefined || attribution === (group.attribution ?? "admins") ? {} : { attribution }),
    ...(muteAll === undefined || muteAll === group.muteAll ? {} : { muteAll }),
    ...(slowMs === undefined || slowMs === group.slowMs ? {} : { slowMs }),
    ...(membersMax === undefined || membersMax === group.membersMax ? {} : { membersMax }),
  };
}
