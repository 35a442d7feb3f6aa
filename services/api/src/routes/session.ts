import { addressKey } from "@guildhall/config";
import { AppError } from "@guildhall/kernel";
import { closed, Id } from "@guildhall/proto";
import Type from "typebox";
import { AppName, Device, Name, NoQuery, Password, ProblemBody, Session } from "../http/fields.ts";
import type { App } from "../http/server.ts";
import { REFRESH_MAX_CHARS, readRefreshToken } from "../people/refresh-token.ts";
import type { RouteNeeds } from "./needs.ts";

const SignInBody = Type.Object(
  { name: Name, password: Password, app: Type.Optional(AppName), dev: Type.Optional(Device) },
  closed,
);
/** `u` and `dev` stand in the token already; given all the same, they must agree with it. */
const RefreshBody = Type.Object(
  { refresh: Type.String({ maxLength: REFRESH_MAX_CHARS }), u: Type.Optional(Id), dev: Type.Optional(Device) },
  closed,
);
const response = { 200: Session, default: ProblemBody };

/** Signing in with a password, and going on with a refresh token. */
export function sessionRoutes(app: App, { people, sessions, take }: RouteNeeds): void {
  // An unknown name and a wrong password are one answer, after the same work.
  app.post(
    "/v1/session",
    { schema: { summary: "Sign in", body: SignInBody, querystring: NoQuery, response } },
    async (request) => {
      const { name, password, app: program, dev } = request.body;
      await take("signIns", addressKey(request.ip));
      await take("signInsPerName", name);
      const { u, secret } = await people.signIn(name, password);
      return { name, ...(await sessions.open({ u, dev, app: program, password: true, secret })) };
    },
  );

  // The token given is used up. Given a second time it ends the device.
  app.post(
    "/v1/session/refresh",
    {
      schema: {
        summary: "Exchange a refresh token for the next pair",
        body: RefreshBody,
        querystring: NoQuery,
        response,
      },
    },
    async (request) => {
      const { refresh, u, dev } = request.body;
      await take("refreshes", addressKey(request.ip));
      const whose = readRefreshToken(refresh);
      const other = (u !== undefined && u !== whose?.u) || (dev !== undefined && dev !== whose?.dev);
      if (whose === undefined || other) throw new AppError("UNAUTHENTICATED", "not this device's refresh token");
      return sessions.renew(refresh);
    },
  );
}
