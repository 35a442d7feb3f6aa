import { anyTable, type Feature } from "@guildhall/entity";
import { banMember } from "./ban-member.ts";
import { changeNickname } from "./change-nickname.ts";
import { joinGroup } from "./join-group.ts";
import { kickMember } from "./kick-member.ts";
import { leaveGroup } from "./leave-group.ts";
import { listBans } from "./list-bans.ts";
import { muteMember } from "./mute-member.ts";
import { pageMembers } from "./page-members.ts";
import { putHoldings } from "./put-holdings.ts";
import { BANS, MEMBERS } from "./tables.ts";
import { unbanMember } from "./unban-member.ts";
import { unmuteMember } from "./unmute-member.ts";

/** Who is in a group, by which name, and whether they may speak. */
export const membership: Feature = {
  tables: [anyTable(MEMBERS), anyTable(BANS)],
  commands: {
    "member.holdings": putHoldings,
    "member.join": joinGroup,
    "member.leave": leaveGroup,
    "member.kick": kickMember,
    "member.mute": muteMember,
    "member.unmute": unmuteMember,
    "member.nick": changeNickname,
    "member.ban": banMember,
    "member.unban": unbanMember,
  },
  queries: { "members.page": pageMembers, "bans.list": listBans },
};
