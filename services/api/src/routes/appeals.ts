import { type AppealsList, closed, Id, Reason } from "@guildhall/proto";
import Type from "typebox";
import { Done, NoQuery, ProblemBody } from "../http/fields.ts";
import type { App } from "../http/server.ts";
import { GroupParams, groupByNumber } from "./look-up.ts";
import type { RouteNeeds } from "./needs.ts";
import { operatorOnly } from "./operator.ts";

const Body = Type.Object({ n: Id, granted: Type.Boolean(), why: Reason }, closed);
const Appeal = Type.Object({
  n: Type.Integer(),
  t: Type.String(),
  by: Type.Integer(),
  at: Type.Integer(),
  state: Type.String(),
  answer: Type.Union([Type.Null(), Type.Object({ at: Type.Integer(), granted: Type.Boolean(), why: Type.String() })]),
});
const Appeals = Type.Object({ appeals: Type.Array(Appeal), more: Type.Boolean() });

/** What owners say about groups that were frozen or banned, for the operator to answer. */
export function appealRoutes(app: App, { owner, operator, send, log }: RouteNeeds): void {
  const security = "operator" as const;
  const common = { security, params: GroupParams, querystring: NoQuery };
  const listSchema = {
    ...common,
    summary: "The newest appeals of a group",
    response: { 200: Appeals, default: ProblemBody },
  };
  const answerSchema = {
    ...common,
    summary: "Grant an appeal, which opens the group again, or not",
    body: Body,
    response: { 200: Done, default: ProblemBody },
  };
  const onRequest = operatorOnly(operator);

  app.get("/v1/groups/:number/appeals", { schema: listSchema, onRequest }, async (request) => {
    const g = await groupByNumber(owner, request.params.number);
    const { appeals, more } = (await owner.ask(g, 0, "appeals.list", { g })) as AppealsList;
    return { appeals: [...appeals], more };
  });

  app.post("/v1/groups/:number/appeals", { schema: answerSchema, onRequest }, async (request) => {
    const { n, granted, why } = request.body;
    const g = await groupByNumber(owner, request.params.number);
    await send({ g, u: 0, m: "appeal.answer", a: { n, granted }, why });
    log.info("appeal_answered", { granted });
    return {};
  });
}
