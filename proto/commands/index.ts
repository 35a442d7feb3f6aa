import { ACCOUNT_ASKS, ACCOUNT_COMMANDS } from "./account.ts";
import { ANNOUNCEMENT_ASKS, ANNOUNCEMENT_COMMANDS } from "./announcement.ts";
import { APPEAL_ASKS, APPEAL_COMMANDS } from "./appeal.ts";
import { AUDIT_ASKS, AUDIT_COMMANDS } from "./audit.ts";
import { ENTITLEMENT_ASKS, ENTITLEMENT_COMMANDS } from "./entitlement.ts";
import { EXPLAIN_ASKS } from "./explain.ts";
import { LIFECYCLE_ASKS, LIFECYCLE_COMMANDS } from "./lifecycle.ts";
import { MEMBERSHIP_ASKS, MEMBERSHIP_COMMANDS } from "./membership.ts";
import { MESSAGE_COMMANDS } from "./message.ts";
import { PERSON_ASKS, PERSON_COMMANDS } from "./person.ts";
import { PIN_ASKS, PIN_COMMANDS } from "./pin.ts";
import { PRESENCE_ASKS } from "./presence.ts";
import { PROFILE_ASKS, PROFILE_COMMANDS } from "./profile.ts";
import { REACTION_ASKS, REACTION_COMMANDS } from "./reaction.ts";
import { RECOVERY_ASKS, RECOVERY_COMMANDS } from "./recovery.ts";
import { ROLE_ASKS, ROLE_COMMANDS } from "./role.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

export * from "./account.ts";
export * from "./announcement.ts";
export * from "./appeal.ts";
export * from "./audit.ts";
export * from "./entitlement.ts";
export * from "./events.ts";
export * from "./explain.ts";
export { GroupAccount } from "./group-account.ts";
export * from "./lifecycle.ts";
export * from "./membership.ts";
export * from "./message.ts";
export * from "./person.ts";
export * from "./pin.ts";
export * from "./presence.ts";
export * from "./profile.ts";
export * from "./reaction.ts";
export * from "./recovery.ts";
export * from "./role.ts";
export * from "./spec.ts";

/** Every command there is, by method. */
export const COMMANDS = {
  ...MESSAGE_COMMANDS,
  ...MEMBERSHIP_COMMANDS,
  ...ROLE_COMMANDS,
  ...LIFECYCLE_COMMANDS,
  ...PROFILE_COMMANDS,
  ...RECOVERY_COMMANDS,
  ...PERSON_COMMANDS,
  ...ENTITLEMENT_COMMANDS,
  ...REACTION_COMMANDS,
  ...APPEAL_COMMANDS,
  ...PIN_COMMANDS,
  ...ANNOUNCEMENT_COMMANDS,
  ...AUDIT_COMMANDS,
  ...ACCOUNT_COMMANDS,
} as const satisfies Record<string, CommandSpec>;
export type CommandName = keyof typeof COMMANDS;

/** Every question there is, by method. */
export const ASKS = {
  ...AUDIT_ASKS,
  ...EXPLAIN_ASKS,
  ...MEMBERSHIP_ASKS,
  ...ROLE_ASKS,
  ...LIFECYCLE_ASKS,
  ...PROFILE_ASKS,
  ...RECOVERY_ASKS,
  ...PERSON_ASKS,
  ...ENTITLEMENT_ASKS,
  ...REACTION_ASKS,
  ...APPEAL_ASKS,
  ...PIN_ASKS,
  ...ANNOUNCEMENT_ASKS,
  ...PRESENCE_ASKS,
  ...ACCOUNT_ASKS,
} as const satisfies Record<string, AskSpec>;
export type AskName = keyof typeof ASKS;

/** The row of a method, or nothing: safe with any string a client may send. */
export function commandSpec(method: string): CommandSpec | undefined {
  return Object.hasOwn(COMMANDS, method) ? COMMANDS[method as CommandName] : undefined;
}

/** The row of a question, or nothing. */
export function askSpec(method: string): AskSpec | undefined {
  return Object.hasOwn(ASKS, method) ? ASKS[method as AskName] : undefined;
}
