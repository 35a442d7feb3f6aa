import { AppError } from "@guildhall/kernel";
import { entityIdFor } from "@guildhall/owner";
import type { AccountsList, AccountView, AskFrame, NewAccountArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import type { Person, Session } from "../session/session.ts";
import { checkNonce, envelope } from "./commit.ts";
import type { FrameNeeds } from "./needs.ts";

/**
 * `account.create`: repeated with the same nonce it meets the same account. The list of one's accounts follows a moment
 * later, so several at once may pass the limit by their number.
 *
 * @throws AppError `BAD_ARGS` without a nonce; `STALE_NONCE`; `QUOTA` at LIMITS.accountsPerPersonMax; what the owner
 *   refuses with.
 */
export async function createAccount(
  session: Session,
  person: Person,
  args: NewAccountArgs,
  { n }: AskFrame,
  needs: FrameNeeds,
): Promise<AccountView> {
  if (n === undefined) throw new AppError("BAD_ARGS", "nonce is missing", { d: { path: "/n" } });
  checkNonce(n, needs.clock.nowMs());
  const { owner } = needs;
  const { accounts } = (await owner.ask(person.u, person.u, "accounts.list", {})) as AccountsList;
  const a = entityIdFor(person.u, n);
  const max = LIMITS.accountsPerPersonMax;
  if (accounts.length >= max && !accounts.some((seat) => seat.a === a)) {
    throw new AppError("QUOTA", `${max} accounts`, { d: { accounts: max } });
  }
  await owner.command(envelope(session, person, { g: a, n, m: "account.create", a: args }, 0, needs));
  return (await owner.ask(a, person.u, "account.get", { a })) as AccountView;
}
