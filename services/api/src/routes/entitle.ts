import { closed, EntitleArgs, Reason } from "@guildhall/proto";
import Type from "typebox";
import { Done, Name, NoQuery, ProblemBody } from "../http/fields.ts";
import type { App } from "../http/server.ts";
import type { RouteNeeds } from "./needs.ts";
import { operatorOnly } from "./operator.ts";

const Params = Type.Object({ name: Name }, closed);
const Body = Type.Object({ ...EntitleArgs.properties, why: Reason }, closed);

/** Entitles a person to something until a time, or takes it back, for the operator. */
export function entitleRoute(app: App, { people, operator, send, log }: RouteNeeds): void {
  const schema = {
    summary: "Entitle a person to something until a time, or take it back",
    security: "operator" as const,
    params: Params,
    body: Body,
    querystring: NoQuery,
    response: { 200: Done, default: ProblemBody },
  };

  app.post("/v1/people/:name/entitlements", { schema, onRequest: operatorOnly(operator) }, async (request) => {
    const { why, ...a } = request.body;
    const { u } = await people.find(request.params.name);
    await send({ g: u, u: 0, m: "person.entitle", a, why });
    log.info("person_entitled", { to: a.to, ended: a.until === 0 });
    return {};
  });
}
