import { AppError } from "@guildhall/kernel";
import type { AuthFrame } from "@guildhall/proto";
import type { Person, Session } from "../session/session.ts";
import type { FrameNeeds } from "./needs.ts";

/**
 * `auth`: a newer token for the same person and device. One for another closes the connection with 4401.
 * @throws AppError `UNAUTHENTICATED`, `TOKEN_EXPIRED`, and what the verifier throws.
 */
export async function auth(
  session: Session,
  person: Person,
  { tok }: AuthFrame,
  { keys }: FrameNeeds,
): Promise<{ readonly exp: number }> {
  const claims = await keys.verify(tok);
  if (claims.sub !== person.u || claims.dev !== person.dev) {
    session.bye("AUTH_FAILED");
    throw new AppError("UNAUTHENTICATED", "token of another person or device");
  }
  person.auth = claims.auth;
  person.exp = Math.max(person.exp, claims.exp);
  return { exp: person.exp };
}
