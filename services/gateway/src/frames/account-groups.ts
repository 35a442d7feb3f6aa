import { AppError, makeNonce } from "@guildhall/kernel";
import type {
  AccountGroupArgs,
  AdoptArgs,
  AskFrame,
  GiveGroupArgs,
  GroupAccount,
  GroupView,
  TakeGroupArgs,
} from "@guildhall/proto";
import type { Person, Session } from "../session/session.ts";
import { checkNonce, envelope } from "./commit.ts";
import type { FrameNeeds } from "./needs.ts";

/** Sends a command of one's own to an entity. */
type Send = (id: number, m: string, a: unknown) => Promise<unknown>;

/** The account says yes to owning the group. @throws AppError what it refuses with. */
export async function takeGroup(a: number, args: TakeGroupArgs, command: Send): Promise<GroupAccount> {
  const { d } = (await command(a, "account.take", args)) as { readonly d?: unknown };
  return d as GroupAccount;
}

/**
 * The account hears that the group is its own. The reader of the group's journal says so, too; said again it changes
 * nothing, so that it needs no nonce of the client's.
 */
export async function confirmGroup(
  session: Session,
  person: Person,
  { a, g }: GiveGroupArgs,
  needs: FrameNeeds,
): Promise<void> {
  const args: AccountGroupArgs = { g };
  const n = makeNonce(needs.clock.nowMs());
  await needs.owner.command(envelope(session, person, { g: a, n, m: "account.confirm", a: args }, 0, needs));
}

/**
 * `account.adopt`: the account says yes, the owner gives the group, and the account hears of it. Repeated with the same
 * nonce it finishes what had begun.
 * @throws AppError `BAD_ARGS` without a nonce; `STALE_NONCE`; what the account and the group refuse with.
 */
export async function adoptGroup(
  session: Session,
  person: Person,
  { a, g }: GiveGroupArgs,
  { n }: AskFrame,
  needs: FrameNeeds,
): Promise<GroupView> {
  if (n === undefined) throw new AppError("BAD_ARGS", "nonce is missing", { d: { path: "/n" } });
  checkNonce(n, needs.clock.nowMs());
  const command: Send = (id, m, args) =>
    needs.owner.command(envelope(session, person, { g: id, n, m, a: args }, 0, needs));
  const account = await takeGroup(a, { g, made: false }, command);
  const before = (await needs.owner.ask(g, person.u, "group.get", { g })) as GroupView;
  const args: AdoptArgs = { account };
  if (before.account?.a !== a) await command(g, "group.adopt", args);
  await confirmGroup(session, person, { a, g }, needs);
  return (await needs.owner.ask(g, person.u, "group.get", { g })) as GroupView;
}
