/** `as`: in the voice of the group; needs SPEAK_AS_GROUP and a password given within twelve hours. */
export type VoiceOptions = { readonly as?: "group" };
export type SendOptions = VoiceOptions & { readonly re?: number; readonly mn?: readonly number[] | "all" };
/** Exactly one of a+z, before, at or around. `lim` is LIMITS.pageMax at most, and that without it. */
export type HistoryQuery =
  | { readonly a: number; readonly z: number }
  | { readonly before: number; readonly lim?: number }
  | { readonly at: number; readonly lim?: number }
  | { readonly around: number; readonly lim?: number };

/** `ifV`: only if the permission version (`state.pv`) is still this, else `STALE_VERSION`. */
export type OnlyIf = { readonly ifV?: number };
export type CommandOptions = OnlyIf & VoiceOptions & { readonly why?: string | undefined };
