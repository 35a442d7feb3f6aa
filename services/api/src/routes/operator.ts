import { AppError } from "@guildhall/kernel";
import { closed } from "@guildhall/proto";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { NoQuery, ProblemBody } from "../http/fields.ts";
import type { App } from "../http/server.ts";
import type { Operator } from "../ports.ts";
import type { RouteNeeds } from "./needs.ts";

const Body = Type.Object({ code: Type.String({ minLength: 1, maxLength: 64 }) }, closed);
const Key = Type.Object({ key: Type.String() });

/** Exchanges the one-time code of a new installation for the operator's key, which is shown this once. */
export function operatorRoute(app: App, { operator, log }: RouteNeeds): void {
  const schema = {
    summary: "Exchange the one-time code of a new installation for the operator's key",
    body: Body,
    querystring: NoQuery,
    response: { 200: Key, default: ProblemBody },
  };

  app.post("/v1/operator", { schema }, async (request) => {
    const key = await operator.redeem(request.body.code);
    if (key === undefined) {
      log.warn("operator_code_refused");
      throw new AppError("UNAUTHENTICATED", "operator code");
    }
    log.info("operator_key_issued");
    return { key };
  });
}

/** Lets only the operator pass, before a body is read. @throws AppError `UNAUTHENTICATED`. */
export function operatorOnly(operator: Operator): (request: FastifyRequest) => Promise<void> {
  return async ({ headers }) => {
    const key = /^Bearer ([\w-]{1,128})$/i.exec(headers.authorization ?? "")?.[1];
    if (key === undefined || !operator.check(key)) throw new AppError("UNAUTHENTICATED", "operator key");
  };
}
