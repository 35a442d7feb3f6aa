import type { RoleFacts } from "@guildhall/proto";
import type { Bit } from "@guildhall/proto/tables";
import { maskOf } from "./bits.ts";

/** The role that every member has without being given it. */
export const MEMBER_ROLE_ID = 1;

/** The rank of the owner, above every role. */
export const OWNER_RANK = 1000;

/** The rank from which on a member is an administrator, as policies mean it. */
export const ADMIN_RANK = 800;

/** The rank from which on a group-wide mute does not bind. */
export const MUTE_ALL_EXEMPT_RANK = ADMIN_RANK;

/** The rank that content in the official voice of a group counts as (rule H2). */
export const EDITOR_CONTENT_RANK = 800;

const MEMBER: readonly Bit[] = [
  "VIEW_GROUP",
  "READ_HISTORY",
  "VIEW_MEMBER_LIST",
  "SEND_MESSAGE",
  "SEND_MEDIA",
  "SEND_LINK",
  "ADD_REACTION",
  "START_THREAD",
  "CAST_VOTE",
  "RSVP_EVENT",
  "SUBMIT_HOMEWORK",
  "UPLOAD_FILE",
  "USE_BOT",
];

/** No approval of members, bans, profile, roles: those are given separately or stay with the owner. */
const JUNIOR_ADMIN: readonly Bit[] = [
  "MENTION_ALL",
  "CREATE_VOTE",
  "INVITE_MEMBER",
  "PIN_MESSAGE",
  "PUBLISH_ANNOUNCEMENT",
  "DELETE_ANY_MESSAGE",
  "VIEW_REMOVED_CONTENT",
  "MANAGE_THREAD",
  "MANAGE_FILE",
  "MANAGE_VOTE",
  "CREATE_EVENT",
  "MANAGE_EVENT",
  "ASSIGN_HOMEWORK",
  "GRADE_HOMEWORK",
  "KICK_MEMBER",
  "MUTE_MEMBER",
  "MANAGE_NICKNAME",
  "MANAGE_LEXICON",
  "HANDLE_REPORT",
  "SET_SLOW_MODE",
  "BYPASS_SLOW_MODE",
  "MANAGE_INVITE",
  "MANAGE_LANE",
  "VIEW_ANALYTICS",
  "VIEW_AUDIT_LOG",
];

/**
 * The roles every new group starts with. All but the first hold only what they add to it.
 * The ids are the same in every group and never change.
 */
export const SEED_ROLES: readonly RoleFacts[] = [
  role(MEMBER_ROLE_ID, "Member", 100, MEMBER),
  role(2, "Junior Admin", 800, JUNIOR_ADMIN),
  role(3, "Role Manager", 700, ["ASSIGN_ROLE"]),
  role(4, "Content Moderator", 500, ["DELETE_ANY_MESSAGE", "MUTE_MEMBER"]),
  role(5, "Event Manager", 500, ["PIN_MESSAGE", "PUBLISH_ANNOUNCEMENT", "CREATE_EVENT", "MANAGE_EVENT"]),
  role(6, "Recruitment Officer", 500, ["APPROVE_MEMBER"]),
];

function role(id: number, name: string, rank: number, bits: readonly Bit[]): RoleFacts {
  return { id, name, rank, ...maskOf(bits) };
}
