import type {
  AnnouncementBody,
  AnnouncementGet,
  AnnouncementsList,
  AnnouncementsListArgs,
  Committed,
} from "@guildhall/proto";
import type { Group } from "./group.ts";
import type { VoiceOptions } from "./options.ts";

/** `mn` "all" mentions everybody, at most every ten minutes. */
export type PublishOptions = VoiceOptions & { readonly mn?: "all" };

/** What is announced in a group. Commands reject with GuildhallError, as those of Group; they need PUBLISH_ANNOUNCEMENT. */
export class Announcements {
  readonly #group: Pick<Group, "g" | "command">;
  readonly #ask: (m: string, a: unknown) => Promise<unknown>;

  constructor(group: Pick<Group, "g" | "command">, ask: (m: string, a: unknown) => Promise<unknown>) {
    this.#group = group;
    this.#ask = ask;
  }

  /** The answer's `s` names it; `pin` and `unpin` of the group take it like a message. */
  publish(b: AnnouncementBody, { mn, ...voice }: PublishOptions = {}): Promise<Committed> {
    return this.#group.command("announcement.publish", mn === undefined ? { b } : { b, mn }, voice);
  }

  /** Another title and text for one's own, or as the group for one of the group. */
  edit(s: number, b: AnnouncementBody, voice: VoiceOptions = {}): Promise<Committed> {
    return this.#group.command("announcement.edit", { s, b }, voice);
  }

  /** Takes it back: one's own, the group's, or that of somebody whose rank is not above. */
  withdraw(s: number, options: VoiceOptions & { readonly why?: string } = {}): Promise<Committed> {
    return this.#group.command("announcement.withdraw", { s }, options);
  }

  /** A page, the newest first; `before` is the last seq of the page before. */
  async list(query: Omit<AnnouncementsListArgs, "g"> = {}): Promise<AnnouncementsList> {
    return (await this.#ask("announcements.list", { g: this.#group.g, ...query })) as AnnouncementsList;
  }

  /** One with its text; an older version `n`, and one that was withdrawn, need VIEW_REMOVED_CONTENT. */
  async get(s: number, n?: number): Promise<AnnouncementGet> {
    const args = { g: this.#group.g, s };
    return (await this.#ask("announcement.get", n === undefined ? args : { ...args, n })) as AnnouncementGet;
  }
}
