import { errorCodeOf } from "@guildhall/kernel";
import { closed } from "@guildhall/proto";
import Type from "typebox";
import { AppName, Name, NoQuery, ProblemBody, Session } from "../http/fields.ts";
import type { App } from "../http/server.ts";
import { bounded } from "../people/bounded.ts";
import type { RouteNeeds } from "./needs.ts";
import { operatorOnly } from "./operator.ts";

const NAMES_MAX = 100;
/** People made at once, over all requests. */
const RUNNING_MAX = 16;
/** Rows that wait. Beyond it a row is refused with UNAVAILABLE. */
const WAITING_MAX = 10 * NAMES_MAX;
const RETRY_AFTER_MS = 1_000;

const Body = Type.Object(
  { names: Type.Array(Name, { minItems: 1, maxItems: NAMES_MAX }), app: Type.Optional(AppName) },
  closed,
);
const Refused = Type.Object({ name: Type.String(), code: Type.String() });
const People = Type.Object({ people: Type.Array(Type.Union([Session, Refused])) });

/** Makes people without passwords, for the operator. Rows are in the order asked; each succeeds or fails by itself. */
export function peopleBatchRoute(app: App, { people, sessions, operator, log }: RouteNeeds): void {
  const schema = {
    summary: "Make people without passwords",
    security: "operator" as const,
    body: Body,
    querystring: NoQuery,
    response: { 200: People, default: ProblemBody },
  };
  const turns = bounded(RUNNING_MAX, WAITING_MAX, RETRY_AFTER_MS);

  async function made(name: string, program: string | undefined) {
    try {
      return await turns.run(async () => {
        const u = await people.create(name, "");
        return { name, ...(await sessions.open({ u, app: program, password: false })) };
      });
    } catch (error) {
      const code = errorCodeOf(error);
      if (code === "INTERNAL") log.error("batch_row_failed", error);
      return { name, code };
    }
  }

  app.post("/v1/people/batch", { schema, onRequest: operatorOnly(operator) }, async (request) => {
    const { names, app: program } = request.body;
    return { people: await Promise.all(names.map((name) => made(name, program))) };
  });
}
