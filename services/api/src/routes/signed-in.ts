import { AppError } from "@guildhall/kernel";
import type { OwnerClient } from "@guildhall/owner";
import type { DeviceView } from "@guildhall/proto";
import { isOfSignIn, type Verifier } from "@guildhall/token";
import type { FastifyRequest } from "fastify";

/** Who asks, by an access token. */
export type Caller = { readonly u: number; readonly dev: string };

export type SignedIn = {
  /**
   * Lets only people pass who are signed in, before a body is read. Their owner is asked: a token of a sign-in that
   * has ended does not count.
   * @throws AppError `UNAUTHENTICATED`, `TOKEN_EXPIRED`, `UNAVAILABLE`.
   */
  readonly onRequest: (request: FastifyRequest) => Promise<void>;
  /** Who passed. */
  readonly callerOf: (request: FastifyRequest) => Caller;
};

export function signedIn(verifier: Verifier, owner: OwnerClient): SignedIn {
  const callers = new WeakMap<FastifyRequest, Caller>();
  return {
    async onRequest(request) {
      const token = /^Bearer ([\w.-]{1,2048})$/i.exec(request.headers.authorization ?? "")?.[1];
      if (token === undefined) throw new AppError("UNAUTHENTICATED", "access token");
      const { sub: u, dev, exp } = await verifier.verify(token);
      const { at } = (await owner.ask(u, 0, "device.get", { dev })) as DeviceView;
      if (!isOfSignIn({ exp }, at)) throw new AppError("UNAUTHENTICATED", "sign-in has ended");
      callers.set(request, { u, dev });
    },

    callerOf(request) {
      const caller = callers.get(request);
      if (caller === undefined) throw new Error("a route that does not ask who calls");
      return caller;
    },
  };
}
