import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type EditGroupArgs, type ProfileArgs } from "@guildhall/proto";
import { decide } from "../decide.ts";
import { nameOf, tagsOf } from "../names.ts";
import { decideBrand, profileKeys } from "../profile/decide-brand.ts";
import { putBrand } from "../profile/versions.ts";
import type { GroupRow } from "./tables.ts";

/**
 * `group.edit`: changes the profile. What is not named stays; the event has what changed.
 * @throws AppError of the rule, for another name also of that for `group.rename`; `BAD_ARGS` for a name or tag that cannot be one; `ALREADY` when nothing changes;
 *   `SLOW_MODE` after LIMITS.profileChangesPerDay of name and intro.
 */
export const editGroup: Handler<EditGroupArgs> = {
  reads: (_, ctx) => profileKeys(ctx),
  run(tx, args, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["group.edit"]);
    const body = changesOf(group, args);
    if (body.name !== undefined || body.intro !== undefined) decideBrand(tx, ctx, COMMANDS["group.edit"], body);
    if (Object.keys(body).length === 0) throw new AppError("ALREADY", "nothing changes");
    const { seq, atMs } = tx.emit({ kind: "group.edit", body });
    putBrand(tx, ctx, group, { ...group, ...body }, { s: seq, at: atMs });
  },
};

function changesOf(group: GroupRow, args: EditGroupArgs): Partial<ProfileArgs> {
  const name = args.name === undefined ? group.name : nameOf(args.name, "/name");
  const tags = args.tags === undefined ? undefined : tagsOf(args.tags);
  const { category = group.category, intro = group.intro } = args;
  return {
    ...(name === group.name ? {} : { name }),
    ...(category === group.category ? {} : { category }),
    ...(tags === undefined || sameTags(tags, group.tags) ? {} : { tags }),
    ...(intro === group.intro ? {} : { intro }),
  };
}

function sameTags(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((tag, index) => tag === b[index]);
}
