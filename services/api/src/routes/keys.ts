import Type from "typebox";
import type { App } from "../http/server.ts";
import type { RouteNeeds } from "./needs.ts";

/** How long verifiers may keep the keys. */
const CACHE_S = 300;

const Keys = Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) });

/** The public keys of access tokens (RFC 7517). */
export function keysRoute(app: App, { keys }: RouteNeeds): void {
  app.get(
    "/.well-known/jwks.json",
    {
      schema: {
        summary: "Public keys of access tokens (RFC 7517)",
        produces: "application/jwk-set+json",
        response: { 200: Keys },
      },
    },
    async (_, reply) => {
      reply.header("cache-control", `public, max-age=${CACHE_S}`).type("application/jwk-set+json");
      const set = await keys.jwks();
      return { keys: set.keys.map((key) => ({ ...key })) };
    },
  );
}
