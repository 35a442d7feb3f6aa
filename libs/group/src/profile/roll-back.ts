import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { type Brand, COMMANDS, type ProfileEvents, type RollBackArgs } from "@guildhall/proto";
import { decideBrand, profileKeys } from "./decide-brand.ts";
import { PROFILE_VERSIONS } from "./tables.ts";
import { brandOf, putBrand } from "./versions.ts";

/**
 * `profile.rollback`: name, picture and intro as they were in version `n`. That makes a new version.
 * @throws AppError of the rule, for another name also of that for `group.rename`; `NOT_FOUND` for no version;
 *   `ALREADY` when that is how they are; `SLOW_MODE` after LIMITS.profileChangesPerDay.
 */
export const rollBack: Handler<RollBackArgs> = {
  reads: ({ n }, ctx) => [...profileKeys(ctx), rowKey(PROFILE_VERSIONS, ctx.g, n)],
  run(tx, { n }, ctx) {
    const { group } = decideBrand(tx, ctx, COMMANDS["profile.rollback"], {});
    const version = tx.get(PROFILE_VERSIONS, ctx.g, n);
    if (version === undefined) throw new AppError("NOT_FOUND", `no version ${n}`);
    const changes = changesOf(brandOf(group), version);
    if (Object.keys(changes).length === 0) throw new AppError("ALREADY", "as they are");
    decideBrand(tx, ctx, COMMANDS["profile.rollback"], changes);
    const body: ProfileEvents["profile.rollback"] = { n, ...changes };
    const { seq, atMs } = tx.emit({ kind: "profile.rollback", body });
    putBrand(tx, ctx, group, { ...group, ...changes }, { s: seq, at: atMs }, n);
  },
};

function changesOf(is: Brand, { name, intro, avatar }: Brand): Partial<Brand> {
  return {
    ...(name === is.name ? {} : { name }),
    ...(intro === is.intro ? {} : { intro }),
    ...(avatar === is.avatar ? {} : { avatar }),
  };
}
