import { AppError } from "@guildhall/kernel";
import type { AuthFrame } from "@guildhall/proto";
import { end } from "../devices/revocations.ts";
import type { Person, Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";

/**
 * `auth`: a newer token for the same person and device. One for another closes the connection with 4401, one
 * whose sign-in has ended with 4101.
 * @throws AppError `UNAUTHENTICATED`, `TOKEN_EXPIRED`, `UNAVAILABLE`, and what the verifier throws.
 */
export async function auth(
  session: Session,
  person: Person,
  { tok }: AuthFrame,
  { keys, checks, clock, counts }: FrameNeeds,
): Promise<{ readonly exp: number }> {
  const claims = await keys.verify(tok);
  if (claims.sub !== person.u || claims.dev !== person.dev) {
    session.bye("AUTH_FAILED");
    throw new AppError("UNAUTHENTICATED", "token of another person or device");
  }
  if (!(await checks.live({ u: person.u, dev: person.dev, exp: claims.exp }))) {
    end(session, counts);
    throw new AppError("UNAUTHENTICATED", "sign-in has ended");
  }
  person.auth = claims.auth;
  if (claims.exp > person.exp) {
    person.exp = claims.exp;
    person.endsAtMs = claims.exp - clock.nowMs() + clock.monotonicMs();
  }
  return { exp: person.exp };
}
