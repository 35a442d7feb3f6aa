import type { Handler } from "@guildhall/entity";
import { AppError, fromBase64Url } from "@guildhall/kernel";
import { type AvatarArgs, COMMANDS, type ProfileEvents } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { badArgs } from "../bad-args.ts";
import { decideBrand, profileKeys } from "./decide-brand.ts";
import { imageOf } from "./image.ts";
import { AVATARS } from "./tables.ts";
import { nextVersion, putBrand } from "./versions.ts";

/**
 * `profile.avatar`: the picture of the group, or none.
 * @throws AppError of the rule; `BAD_ARGS` for what is no PNG or JPEG, or drawn in more than LIMITS.avatarMaxPixels;
 *   `TOO_LARGE` above LIMITS.avatarMaxBytes; `ALREADY` for none where there is none; `SLOW_MODE` after
 *   LIMITS.profileChangesPerDay.
 */
export const setAvatar: Handler<AvatarArgs> = {
  reads: (_, ctx) => profileKeys(ctx),
  run(tx, args, ctx) {
    const { group } = decideBrand(tx, ctx, COMMANDS["profile.avatar"], {});
    const avatar = args.data === "" ? 0 : nextVersion(tx, ctx);
    if (avatar === 0 && (group.avatar ?? 0) === 0) throw new AppError("ALREADY", "no picture");
    if (avatar !== 0) tx.put(AVATARS, { g: ctx.g, n: avatar, ...pictureOf(args.data) });
    const body: ProfileEvents["profile.avatar"] = { avatar };
    const { seq, atMs } = tx.emit({ kind: "profile.avatar", body });
    putBrand(tx, ctx, group, { ...group, avatar }, { s: seq, at: atMs });
  },
};

function pictureOf(text: string): { type: string; data: Uint8Array } {
  const data = fromBase64Url(text);
  if (data === undefined) throw badArgs("/data", "is no base64url");
  if (data.length > LIMITS.avatarMaxBytes) throw new AppError("TOO_LARGE", `${data.length} bytes`);
  const image = imageOf(data);
  if (image === undefined) throw badArgs("/data", "is no PNG or JPEG");
  const side = Math.max(image.width, image.height);
  if (side > LIMITS.avatarMaxPixels || Math.min(image.width, image.height) < 1)
    throw badArgs("/data", `is ${image.width} by ${image.height} pixels`);
  return { type: image.type, data };
}
