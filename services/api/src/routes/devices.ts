import { addressKey } from "@guildhall/config";
import { closed } from "@guildhall/proto";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { Device, Done, NoBody, NoQuery, ProblemBody } from "../http/fields.ts";
import type { App } from "../http/server.ts";
import type { RouteNeeds } from "./needs.ts";

const Params = Type.Object({ dev: Device }, closed);
/** Times in ms since 1970. `here`: the device that asks. */
const Row = Type.Object({
  dev: Type.String(),
  app: Type.String(),
  at: Type.Integer(),
  seen: Type.Integer(),
  here: Type.Boolean(),
});
const Rows = Type.Object({ devices: Type.Array(Row) });

/** Where the caller is signed in, and signing out: there, here, or everywhere else. Sockets of what ended are closed. */
export function deviceRoutes(app: App, { devices, signedIn, take }: RouteNeeds): void {
  const { callerOf } = signedIn;
  // The address first: its owner is asked about a token only if it may ask at all.
  const onRequest = [
    (request: FastifyRequest) => take("deviceCalls", addressKey(request.ip)),
    signedIn.onRequest,
    (request: FastifyRequest) => take("deviceCallsPerPerson", String(callerOf(request).u)),
  ];
  const response = { 200: Done, default: ProblemBody };
  const security = "person" as const;
  const listed = {
    summary: "Where one is signed in",
    security,
    querystring: NoQuery,
    response: { 200: Rows, default: ProblemBody },
  };

  app.get("/v1/devices", { schema: listed, onRequest }, async (request) => {
    const { u, dev: here } = callerOf(request);
    const rows = await devices.list(u);
    return {
      devices: rows.map(({ dev, app: program, at, seen }) => ({ dev, app: program, at, seen, here: dev === here })),
    };
  });

  app.delete(
    "/v1/devices/:dev",
    { schema: { summary: "End one sign-in", security, params: Params, querystring: NoQuery, response }, onRequest },
    async (request) => {
      await devices.end(callerOf(request).u, request.params.dev);
      return {};
    },
  );

  app.delete(
    "/v1/devices",
    { schema: { summary: "End all other sign-ins", security, querystring: NoQuery, response }, onRequest },
    async (request) => {
      const { u, dev } = callerOf(request);
      await devices.endOthers(u, dev);
      return {};
    },
  );

  app.post(
    "/v1/session/end",
    { schema: { summary: "Sign out", security, body: NoBody, querystring: NoQuery, response }, onRequest },
    async (request) => {
      const { u, dev } = callerOf(request);
      await devices.end(u, dev);
      return {};
    },
  );
}
