import type { Committed, RecoveryGet } from "@guildhall/proto";
import type { Group } from "./group.ts";

/** What several people do when the owner of a group is lost. Commands reject with GuildhallError, as those of Group. */
export class Recovery {
  readonly #group: Pick<Group, "g" | "command">;
  readonly #ask: (m: string, a: unknown) => Promise<unknown>;

  constructor(group: Pick<Group, "g" | "command">, ask: (m: string, a: unknown) => Promise<unknown>) {
    this.#group = group;
    this.#ask = ask;
  }

  /** The guardians, and the case that is open. Needs VIEW_MEMBER_LIST. */
  async get(): Promise<RecoveryGet> {
    return (await this.#ask("recovery.get", { g: this.#group.g })) as RecoveryGet;
  }

  /** As the owner: names all guardians, of whom `need` make another person the owner. Nobody: an empty list. */
  setGuardians(u: readonly number[], need: number): Promise<Committed> {
    return this.#group.command("guardian.set", { u, need });
  }

  /** As a guardian: asks that `to` becomes the owner. The answer's `s` names the case. */
  open(to: number, why: string): Promise<Committed> {
    return this.#group.command("recovery.open", { to }, { why });
  }

  /** As another guardian. */
  approve(s: number): Promise<Committed> {
    return this.#group.command("recovery.approve", { s });
  }

  /** As the owner, where the password was given before, or as the guardian who opened it. */
  veto(s: number, why?: string): Promise<Committed> {
    return this.#group.command("recovery.veto", { s }, { why });
  }

  /** As a guardian. @throws GuildhallError `PENDING_APPROVAL` with `d.due` before the waiting time is over. */
  finish(s: number, to: number): Promise<Committed> {
    return this.#group.command("recovery.finish", { s, to });
  }
}
