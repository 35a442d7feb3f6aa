import { fromBase64Url, toBase64Url } from "@guildhall/kernel";
import type { AvatarGet, Committed, ProfileVersions, ProfileVersionsArgs } from "@guildhall/proto";
import { GuildhallError } from "./errors.ts";
import type { Group } from "./group.ts";

/** What a group is known by: name, picture and intro. Commands reject with GuildhallError, as those of Group. */
export class Profile {
  readonly #group: Pick<Group, "g" | "command">;
  readonly #ask: (m: string, a: unknown) => Promise<unknown>;

  constructor(group: Pick<Group, "g" | "command">, ask: (m: string, a: unknown) => Promise<unknown>) {
    this.#group = group;
    this.#ask = ask;
  }

  /** A PNG or JPEG of at most LIMITS.avatarMaxBytes; null takes it away. */
  setAvatar(picture: Uint8Array | null, why?: string): Promise<Committed> {
    return this.#group.command("profile.avatar", { data: picture === null ? "" : toBase64Url(picture) }, { why });
  }

  /** The picture that version `n` brought: `avatar` of the group's public profile, or of a version. */
  async avatar(n: number): Promise<{ readonly type: AvatarGet["type"]; readonly bytes: Uint8Array }> {
    const { type, data } = (await this.#ask("avatar.get", { g: this.#group.g, n })) as AvatarGet;
    const bytes = fromBase64Url(data);
    if (bytes === undefined) throw new GuildhallError("INTERNAL", "a picture that is no base64url");
    return { type, bytes };
  }

  /** As the owner: from now on only the owner changes name, picture and intro; or no longer. */
  lock(on: boolean): Promise<Committed> {
    return this.#group.command("profile.lock", { on });
  }

  /** Back to version `n`, by a version of its own. */
  rollBack(n: number, why?: string): Promise<Committed> {
    return this.#group.command("profile.rollback", { n }, { why });
  }

  /** A page of versions with who made them, the newest first; needs VIEW_AUDIT_LOG. */
  async versions(query: Omit<ProfileVersionsArgs, "g"> = {}): Promise<ProfileVersions> {
    return (await this.#ask("profile.versions", { g: this.#group.g, ...query })) as ProfileVersions;
  }
}
