import type { Query } from "@guildhall/entity";
import { AppError, toBase64Url } from "@guildhall/kernel";
import type { AvatarGet, AvatarGetArgs } from "@guildhall/proto";
import { AVATARS } from "./tables.ts";

/** `avatar.get`: the picture that version `n` of a group's profile brought. @throws AppError `NOT_FOUND`. */
export const getAvatar: Query<AvatarGetArgs> = async (reader, { n }, { g }): Promise<AvatarGet> => {
  const row = await reader.get(AVATARS, g, n);
  if (row === undefined) throw new AppError("NOT_FOUND", "no such picture");
  return { type: row.type === "image/png" ? "image/png" : "image/jpeg", data: toBase64Url(row.data) };
};
