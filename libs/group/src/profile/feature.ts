import { anyTable, type Feature } from "@guildhall/entity";
import { getAvatar } from "./get-avatar.ts";
import { listVersions } from "./list-versions.ts";
import { lockProfile } from "./lock-profile.ts";
import { rollBack } from "./roll-back.ts";
import { setAvatar } from "./set-avatar.ts";
import { AVATARS, PROFILE_HEADS, PROFILE_VERSIONS } from "./tables.ts";

/** What a group is known by, with every version of it. Its name and intro are changed by commands of its life. */
export const profile: Feature = {
  tables: [anyTable(PROFILE_HEADS), anyTable(PROFILE_VERSIONS), anyTable(AVATARS)],
  commands: { "profile.avatar": setAvatar, "profile.lock": lockProfile, "profile.rollback": rollBack },
  queries: { "profile.versions": listVersions, "avatar.get": getAvatar },
};
