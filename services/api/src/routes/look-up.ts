import { AppError } from "@guildhall/kernel";
import { claimId } from "@guildhall/owner";
import { type ClaimView, closed, type GroupView } from "@guildhall/proto";
import Type from "typebox";
import { Name, NoQuery, ProblemBody } from "../http/fields.ts";
import type { App } from "../http/server.ts";
import type { RouteNeeds } from "./needs.ts";
import { operatorOnly } from "./operator.ts";

const PersonParams = Type.Object({ name: Name }, closed);
export const GroupParams = Type.Object({ number: Type.String({ pattern: "^[1-9][0-9]{0,9}$" }) }, closed);

const Person = Type.Object({ u: Type.Integer(), name: Type.String() });
const Group = Type.Object({
  g: Type.Integer(),
  number: Type.Integer(),
  name: Type.String(),
  category: Type.String(),
  tags: Type.Array(Type.String()),
  intro: Type.String(),
  owner: Type.Integer(),
  state: Type.String(),
  members: Type.Integer(),
  at: Type.Integer(),
  muteAll: Type.Boolean(),
  slowMs: Type.Integer(),
  membersMax: Type.Integer(),
  policy: Type.String(),
  attribution: Type.String(),
  official: Type.Boolean(),
  avatar: Type.Integer(),
  locked: Type.Boolean(),
  dissolveAt: Type.Integer(),
});

/** Ids by name and by number, for the operator. */
export function lookUpRoutes(app: App, { people, owner, operator }: RouteNeeds): void {
  const onRequest = operatorOnly(operator);
  const security = "operator" as const;
  const personSchema = {
    summary: "A person by name",
    security,
    params: PersonParams,
    querystring: NoQuery,
    response: { 200: Person, default: ProblemBody },
  };
  const groupSchema = {
    summary: "A group by number",
    security,
    params: GroupParams,
    querystring: NoQuery,
    response: { 200: Group, default: ProblemBody },
  };

  app.get("/v1/people/:name", { schema: personSchema, onRequest }, async (request) => people.find(request.params.name));

  app.get("/v1/groups/:number", { schema: groupSchema, onRequest }, async (request) => {
    const g = await groupByNumber(owner, request.params.number);
    const group = (await owner.ask(g, 0, "group.get", { g })) as GroupView;
    return { ...group, tags: [...group.tags] };
  });
}

/** The id of the group with this number. @throws AppError `NOT_FOUND`. */
export async function groupByNumber(owner: RouteNeeds["owner"], name: string): Promise<number> {
  const claim = await owner.ask(claimId("group", name), 0, "claim.get", { kind: "group", name });
  const { by: g } = claim as ClaimView;
  if (g === 0) throw new AppError("NOT_FOUND", "no such number");
  return g;
}
