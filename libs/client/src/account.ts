import type { AccountActs, AccountActsArgs, AccountView, Committed, GroupView } from "@guildhall/proto";
import type { Grade } from "@guildhall/proto/tables";
import type { CommandOptions } from "./options.ts";

export type AccountNeeds = {
  ask(m: string, a: unknown): Promise<unknown>;
  /** A question that changes something: it has a nonce. */
  create(m: string, a: unknown): Promise<unknown>;
  command(m: string, a: unknown, options?: CommandOptions): Promise<Committed>;
};

/** An account that owns groups, as one of its operators sees it. Everything rejects with GuildhallError. */
export class Account {
  readonly a: number;
  readonly #needs: AccountNeeds;

  constructor(a: number, needs: AccountNeeds) {
    this.a = a;
    this.#needs = needs;
  }

  /** Its operators and groups. @throws GuildhallError `NOT_FOUND` for who is no operator. */
  async get(): Promise<AccountView> {
    return (await this.#needs.ask("account.get", { a: this.a })) as AccountView;
  }

  /** Acts of power in the account itself, for main operators. */
  async acts(page: Omit<AccountActsArgs, "a"> = {}): Promise<AccountActs> {
    return (await this.#needs.ask("account.acts", { a: this.a, ...page })) as AccountActs;
  }

  /** As a main operator. */
  rename(name: string, why?: string): Promise<Committed> {
    return this.#needs.command("account.rename", { name }, { why });
  }

  /** As a main operator: a person acts for the account with this grade. */
  setOperator(u: number, grade: Grade, why?: string): Promise<Committed> {
    return this.#needs.command("operator.set", { u, grade }, { why });
  }

  /** As a main operator, or as oneself. @throws GuildhallError `LAST_OWNER` for the last main operator. */
  removeOperator(u: number, why?: string): Promise<Committed> {
    return this.#needs.command("operator.remove", { u }, { why });
  }

  /** As a main operator who owns the group: the account owns it from now on. */
  async adopt(g: number): Promise<GroupView> {
    return (await this.#needs.create("account.adopt", { a: this.a, g })) as GroupView;
  }
}
