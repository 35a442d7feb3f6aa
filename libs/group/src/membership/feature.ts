import { anyTable, type Feature } from "@guildhall/entity";
import { changeNickname } from "./change-nickname.ts";
import { joinGroup } from "./join-group.ts";
import { kickMember } from "./kick-member.ts";
import { leaveGroup } from "./leave-group.ts";
import { muteMember } from "./mute-member.ts";
import { pageMembers } from "./page-members.ts";
import { MEMBERS } from "./tables.ts";
import { unmuteMember } from "./unmute-member.ts";

/** Who is in a group, by which name, and whether they may speak. */
export const membership: Feature = {
  tables: [anyTable(MEMBERS)],
  commands: {
    "member.join": joinGroup,
    "member.leave": leaveGroup,
    "member.kick": kickMember,
    "member.mute": muteMember,
    "member.unmute": unmuteMember,
    "member.nick": changeNickname,
  },
  queries: { "members.page": pageMembers },
};
