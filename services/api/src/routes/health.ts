import { sleep } from "@guildhall/kernel";
import Type from "typebox";
import type { App } from "../http/server.ts";
import type { ReadyState } from "../ports.ts";
import type { RouteNeeds } from "./needs.ts";

/** Checks that take longer have failed. */
const READY_TIMEOUT_MS = 2_000;

const Health = Type.Object({ ok: Type.Boolean() });
const Ready = Type.Object({ ok: Type.Boolean(), checks: Type.Record(Type.String(), Type.Boolean()) });

/** Whether the process lives, whether it can serve, and what it measures. */
export function healthRoutes(app: App, { ready, registry, log }: RouteNeeds): void {
  async function state(): Promise<ReadyState> {
    const late: ReadyState = { ok: false, checks: { answered: false } };
    try {
      return await Promise.race([ready(), sleep(READY_TIMEOUT_MS).then(() => late)]);
    } catch (error) {
      log.error("ready_check_failed", error);
      return late;
    }
  }

  // Looks at nothing, so that a slow dependency does not get the process killed.
  app.get("/healthz", { schema: { summary: "Whether the process lives", response: { 200: Health } } }, async () => ({
    ok: true,
  }));

  app.get(
    "/readyz",
    { schema: { summary: "Whether it can serve", response: { 200: Ready, 503: Ready } } },
    async (_, reply) => {
      const { ok, checks } = await state();
      return reply.code(ok ? 200 : 503).send({ ok, checks });
    },
  );

  app.get(
    "/metrics",
    {
      schema: {
        summary: "What it measures, in the text format of Prometheus",
        produces: "text/plain",
        response: { 200: Type.String() },
      },
    },
    async (_, reply) => {
      reply.type(registry.contentType);
      return registry.text();
    },
  );
}
