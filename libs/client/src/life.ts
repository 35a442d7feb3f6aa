import type { AppealsList, Committed } from "@guildhall/proto";
import type { Group } from "./group.ts";

/** How a group ends, and what its owner says when it was frozen or banned. Commands reject as those of Group. */
export class Life {
  readonly #group: Pick<Group, "g" | "command">;
  readonly #ask: (m: string, a: unknown) => Promise<unknown>;

  constructor(group: Pick<Group, "g" | "command">, ask: (m: string, a: unknown) => Promise<unknown>) {
    this.#group = group;
    this.#ask = ask;
  }

  /** As the owner: the group is to end; LIMITS.dissolutionDelayMs later `dissolve` of the group ends it. */
  announceEnd(why?: string): Promise<Committed> {
    return this.#group.command("dissolution.announce", {}, { why });
  }

  /** As the owner: it goes on. */
  cancelEnd(why?: string): Promise<Committed> {
    return this.#group.command("dissolution.cancel", {}, { why });
  }

  /** As the owner of a group that is frozen or banned: why the operator should open it again. */
  appeal(t: string): Promise<Committed> {
    return this.#group.command("appeal.write", { t });
  }

  /** Appeals with their answers, the newest first; needs VIEW_AUDIT_LOG. */
  async appeals(before?: number): Promise<AppealsList> {
    const args = { g: this.#group.g };
    return (await this.#ask("appeals.list", before === undefined ? args : { ...args, before })) as AppealsList;
  }
}
