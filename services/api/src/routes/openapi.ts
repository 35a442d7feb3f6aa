import Type from "typebox";
import type { App } from "../http/server.ts";
import { type DocumentedRoute, openapi } from "../openapi/document.ts";

/** Describes the routes that are added after it, and itself: OpenAPI 3.1. */
export function openapiRoute(app: App): void {
  const routes: DocumentedRoute[] = [];
  let document: string | undefined;
  app.addHook("onRoute", (route) => void routes.push(route));
  const schema = { summary: "This document", response: { 200: Type.Record(Type.String(), Type.Unknown()) } };

  app.get("/openapi.json", { schema }, async (_, reply) => {
    // All routes are there once the first request is.
    document ??= `${JSON.stringify(openapi(routes), null, 2)}\n`;
    return reply
      .type("application/json; charset=utf-8")
      .serializer(String)
      .send(document as never);
  });
}
