import { closed, Reason } from "@guildhall/proto";
import { OPERATOR_STATES } from "@guildhall/proto/tables";
import Type from "typebox";
import { Done, NoQuery, ProblemBody } from "../http/fields.ts";
import type { App } from "../http/server.ts";
import { GroupParams, groupByNumber } from "./look-up.ts";
import type { RouteNeeds } from "./needs.ts";
import { operatorOnly } from "./operator.ts";

const Body = Type.Object(
  { state: Type.Union(OPERATOR_STATES.map((state) => Type.Literal(state))), why: Reason },
  closed,
);

/** Freezes a group, bans it or opens it again, for the operator; its members see that, with the reason. */
export function groupStateRoute(app: App, { owner, operator, send, log }: RouteNeeds): void {
  const schema = {
    summary: "Freeze a group, ban it, or open it again",
    security: "operator" as const,
    params: GroupParams,
    body: Body,
    querystring: NoQuery,
    response: { 200: Done, default: ProblemBody },
  };

  app.post("/v1/groups/:number/state", { schema, onRequest: operatorOnly(operator) }, async (request) => {
    const { state, why } = request.body;
    const g = await groupByNumber(owner, request.params.number);
    await send({ g, u: 0, m: "group.state", a: { state }, why });
    log.info("group_state_changed", { state });
    return {};
  });
}
