import { createHash } from "node:crypto";
import { AppError, errorCodeOf } from "@guildhall/kernel";
import {
  type AccountView,
  type AskFrame,
  COMMANDS,
  type CommandSpec,
  type EachArgs,
  type EachDone,
} from "@guildhall/proto";
import { ERRORS } from "@guildhall/proto/tables";
import type { Person, Session } from "../session/session.ts";
import { checkAt } from "./check-at.ts";
import { checkNonce, commit } from "./commit.ts";
import type { FrameNeeds } from "./needs.ts";

/** Groups that are asked side by side. */
const AT_ONCE = 16;

type Outcome = EachDone["groups"][number];

/**
 * `account.each`: one command in many groups of an account, each decided by its group as if it had come alone; all
 * of it counts as one send. What one refuses keeps none of the others from it. Repeated with the same nonce, what was done is
 * not done again.
 * @throws AppError `BAD_ARGS` without a nonce, and for the arguments; `STALE_NONCE`; `NOT_FOUND` for who is no operator; `RATE_LIMITED`.
 */
export async function eachGroup(
  session: Session,
  person: Person,
  args: EachArgs,
  { n }: AskFrame,
  needs: FrameNeeds,
): Promise<EachDone> {
  if (n === undefined) throw new AppError("BAD_ARGS", "nonce is missing", { d: { path: "/n" } });
  checkNonce(n, needs.clock.nowMs());
  const spec: CommandSpec = COMMANDS[args.m];
  const a = checkAt("/a/args", spec.args, args.args);
  const account = (await needs.owner.ask(args.a, person.u, "account.get", { a: args.a })) as AccountView;
  const owned = new Set(account.groups);

  async function inGroup(g: number): Promise<Outcome> {
    const { m, as, why = "" } = args;
    try {
      if (!owned.has(g)) throw new AppError("NOT_FOUND", "no group of this account");
      const request = { g, n: nonceFor(n as Uint8Array, g), m, a, why, ...(as === undefined ? {} : { as }) };
      // Sent before or not: the first result of the nonce stands, whoever may what by now.
      const { s } = await commit(session, person, spec, { ...request, rt: 1 }, needs);
      return { g, s };
    } catch (error) {
      const code = errorCodeOf(error);
      if (code === "INTERNAL") needs.log.error("each_failed", error, { method: args.m });
      const d = error instanceof AppError ? error.d : undefined;
      return { g, c: ERRORS[code].c, ...(d === undefined ? {} : { d }) };
    }
  }

  needs.limits.send(person.u, args.a);
  const groups: Outcome[] = [];
  for (let from = 0; from < args.groups.length; from += AT_ONCE) {
    groups.push(...(await Promise.all(args.groups.slice(from, from + AT_ONCE).map(inGroup))));
  }
  return { groups };
}

/** One for each group, with the time of the client's: a repeat finds it again. */
function nonceFor(n: Uint8Array, g: number): Uint8Array {
  const nonce = Uint8Array.from(createHash("sha256").update(n).update(`/${g}`).digest().subarray(0, 16));
  nonce.set(n.subarray(0, 8));
  nonce[8] = ((nonce[8] ?? 0) & 0x3f) | 0x80;
  return nonce;
}
