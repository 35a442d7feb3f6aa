/** After events of these kinds the person they name receives nothing further of the group. */
export const REMOVAL_KINDS: ReadonlySet<string> = new Set(["member.leave", "member.kick", "member.ban"]);
