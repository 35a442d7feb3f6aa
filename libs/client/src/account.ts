import type {
  AccountActs,
  AccountActsArgs,
  AccountView,
  Committed,
  EachDone,
  EachMethod,
  GroupView,
} from "@guildhall/proto";
import { type Grade, LIMITS } from "@guildhall/proto/tables";
import { errorFrom, type GuildhallError } from "./errors.ts";
import type { CommandOptions } from "./options.ts";

export type AccountNeeds = {
  ask(m: string, a: unknown): Promise<unknown>;
  /** A question that changes something: it has a nonce. */
  create(m: string, a: unknown): Promise<unknown>;
  command(m: string, a: unknown, options?: CommandOptions): Promise<Committed>;
};

export type EachOptions = { readonly groups?: readonly number[]; readonly as?: "group"; readonly why?: string };
/** The seq in a group, or why it refused. */
export type EachOutcome = number | GuildhallError;

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

  /**
   * One command in many groups of the account, in each as far as one may there: by group its seq, or the error. Without
   * `groups`, in all.
   * @throws GuildhallError for the command as such. Asked in parts of LIMITS.eachGroupsMax: some may be done by then.
   */
  async each(m: EachMethod, args: unknown, options: EachOptions = {}): Promise<ReadonlyMap<number, EachOutcome>> {
    const { groups = (await this.get()).groups, as, why } = options;
    const rest = { ...(as === undefined ? {} : { as }), ...(why === undefined ? {} : { why }) };
    const found = new Map<number, EachOutcome>();
    for (let from = 0; from < groups.length; from += LIMITS.eachGroupsMax) {
      const part = groups.slice(from, from + LIMITS.eachGroupsMax);
      const done = (await this.#needs.create("account.each", {
        a: this.a,
        groups: part,
        m,
        args,
        ...rest,
      })) as EachDone;
      for (const one of done.groups) {
        found.set(one.g, "s" in one ? one.s : errorFrom({ ...one, m: "refused in this group" }));
      }
    }
    return found;
  }

  /** Says something in the name of each group: as far as one may speak for it. */
  announce(text: string, options: Omit<EachOptions, "as"> = {}): Promise<ReadonlyMap<number, EachOutcome>> {
    return this.each("msg.send", { k: "text", b: { t: text } }, { ...options, as: "group" });
  }

  /** As a main operator who owns the group: the account owns it from now on. */
  async adopt(g: number): Promise<GroupView> {
    return (await this.#needs.create("account.adopt", { a: this.a, g })) as GroupView;
  }
}
