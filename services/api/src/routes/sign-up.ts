import { addressKey } from "@guildhall/config";
import { closed } from "@guildhall/proto";
import Type from "typebox";
import { AppName, Device, Name, NewPassword, NoQuery, ProblemBody, Session } from "../http/fields.ts";
import type { App } from "../http/server.ts";
import type { RouteNeeds } from "./needs.ts";

const Body = Type.Object(
  { name: Name, password: NewPassword, app: Type.Optional(AppName), dev: Type.Optional(Device) },
  closed,
);

/** Makes a person and signs in. A taken name is 409 CONFLICT. */
export function signUpRoute(app: App, { people, passwords, sessions, take }: RouteNeeds): void {
  const schema = {
    summary: "Sign up",
    body: Body,
    querystring: NoQuery,
    response: { 201: Session, default: ProblemBody },
  };

  app.post("/v1/people", { schema }, async (request, reply) => {
    const { name, password, app: program, dev } = request.body;
    await take("signUps", addressKey(request.ip));
    const u = await people.create(name, await passwords.hash(password));
    const session = await sessions.open({ u, dev, app: program, password: true });
    return reply.code(201).send({ name, ...session });
  });
}
