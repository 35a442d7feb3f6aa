import { addressKey } from "@guildhall/config";
import { AppError } from "@guildhall/kernel";
import { closed, type PersonSecret } from "@guildhall/proto";
import Type from "typebox";
import { NewPassword, NoQuery, Password, ProblemBody, Session } from "../http/fields.ts";
import type { App } from "../http/server.ts";
import type { RouteNeeds } from "./needs.ts";

const Body = Type.Object({ old: Password, new: NewPassword }, closed);

/**
 * Changes the caller's password, ends every other device with it, and gives this one fresh tokens. A wrong old
 * password is 403; attempts count as sign-ins.
 */
export function passwordRoute(app: App, { owner, passwords, sessions, take, signedIn }: RouteNeeds): void {
  const { onRequest, callerOf } = signedIn;
  const schema = {
    summary: "Change the password, which ends all other sign-ins",
    security: "person" as const,
    body: Body,
    querystring: NoQuery,
    response: { 200: Session, default: ProblemBody },
  };

  app.post("/v1/password", { schema, onRequest }, async (request) => {
    const { u, dev } = callerOf(request);
    const { old, new: next } = request.body;
    const { name, secret: was } = (await owner.ask(u, 0, "person.secret", {})) as PersonSecret;
    await take("signIns", addressKey(request.ip));
    await take("signInsPerName", name);
    if (!(await passwords.matches(was, old))) throw new AppError("FORBIDDEN", "old password", { d: { path: "/old" } });
    return { name, ...(await sessions.change({ u, dev, was, secret: await passwords.hash(next) })) };
  });
}
