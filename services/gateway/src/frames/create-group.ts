import { createHash } from "node:crypto";
import { AppError } from "@guildhall/kernel";
import { claimId, entityIdFor } from "@guildhall/owner";
import type { AskFrame, CreateArgs, GroupView, NewGroupArgs, TakeClaimArgs } from "@guildhall/proto";
import type { Person, Session } from "../session/session.ts";
import { confirmGroup, takeGroup } from "./account-groups.ts";
import { checkNonce, envelope } from "./commit.ts";
import type { FrameNeeds } from "./needs.ts";
import { requireRoom } from "./room.ts";

/** Numbers tried before the client is asked to come back; each is taken with a chance of groups / 900 million. */
const NUMBERS_MAX = 8;
const NUMBER_FIRST = 100_000_000;
const NUMBERS = 900_000_000;
const RETRY_MS = 500;

/**
 * `group.create`: a number is claimed, the group is created under it, and the claim is confirmed. An account that is to
 * own it says yes before, and hears of it afterwards. Repeated with the same nonce it meets the same group, and finishes
 * what had begun.
 *
 * @throws AppError `BAD_ARGS` without a nonce; `STALE_NONCE`; `CONFLICT` for a nonce used with another profile;
 *   `QUOTA` when one is in too many groups; `UNAVAILABLE`, also when no free number was found; `OUTCOME_UNKNOWN`; what the owner refuses with.
 */
export async function createGroup(
  session: Session,
  person: Person,
  { account: a, ...profile }: NewGroupArgs,
  { n }: AskFrame,
  needs: FrameNeeds,
): Promise<GroupView> {
  if (n === undefined) throw new AppError("BAD_ARGS", "nonce is missing", { d: { path: "/n" } });
  checkNonce(n, needs.clock.nowMs());
  const g = entityIdFor(person.u, n);
  const command = (id: number, m: string, a: unknown) =>
    needs.owner.command(envelope(session, person, { g: id, n, m, a }, 0, needs));

  const begun = await find(g, person.u, needs);
  if (begun === undefined) await requireRoom(person, needs);
  const account = a === undefined ? undefined : await takeGroup(a, { g, made: true }, command);
  const number = begun?.number ?? (await claimNumber(g, command));
  const args: CreateArgs = { ...profile, number, ...(account === undefined ? {} : { account }) };
  await command(g, "group.create", args);
  const claim = claimOf(g, number);
  await command(claimId(claim.kind, claim.name), "claim.confirm", claim);
  if (account !== undefined) await confirmGroup(session, person, { a: account.a, g }, needs);
  const view = await find(g, person.u, needs);
  if (view === undefined) throw new AppError("INTERNAL", "group is missing after it was created");
  return view;
}

/** The group, if an attempt before this one has created it. */
async function find(g: number, u: number, { owner }: FrameNeeds): Promise<GroupView | undefined> {
  try {
    return (await owner.ask(g, u, "group.get", { g })) as GroupView;
  } catch (error) {
    if (error instanceof AppError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

async function claimNumber(
  g: number,
  command: (id: number, m: string, a: unknown) => Promise<unknown>,
): Promise<number> {
  for (let attempt = 0; attempt < NUMBERS_MAX; attempt++) {
    const number = numberFor(g, attempt);
    const claim = claimOf(g, number);
    try {
      await command(claimId(claim.kind, claim.name), "claim.take", claim);
      return number;
    } catch (error) {
      const taken = error instanceof AppError && (error.code === "ALREADY" || error.code === "CONFLICT");
      if (!taken) throw error;
    }
  }
  throw new AppError("UNAVAILABLE", "no free number", { retryAfterMs: RETRY_MS });
}

function claimOf(g: number, number: number): TakeClaimArgs {
  return { kind: "group", name: String(number), by: g };
}

/** Nine digits that a repeat finds again. */
function numberFor(g: number, attempt: number): number {
  const hash = createHash("sha256").update(`number/${g}/${attempt}`).digest();
  return NUMBER_FIRST + (hash.readUIntBE(0, 6) % NUMBERS);
}
