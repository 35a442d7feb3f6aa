import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { proxyTrust } from "@guildhall/config";
import { AppError } from "@guildhall/kernel";
import type { Log } from "@guildhall/telemetry/log";
import { checkArgs } from "@guildhall/wire";
import {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from "fastify";
import type { TSchema } from "typebox";
import type { ApiMetrics } from "../metrics.ts";
import { AllowedMethods } from "./allowed-methods.ts";
import { onClientError } from "./client-errors.ts";
import { acceptJsonOnly, BODY_MAX_BYTES, checkBodyType } from "./json-body.ts";
import { appErrorOf, problemOf } from "./problem.ts";

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

/** Beyond it a connection is closed as it is opened. */
const CONNECTIONS_MAX = 1_000;
/** Request line and headers together; more is answered 431. */
const HEADERS_MAX_BYTES = 8 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
/** From the first byte of a request to its last; then 408. */
const REQUEST_TIMEOUT_MS = 15_000;
/** How often the two above are looked at. */
const TIMEOUT_CHECK_MS = 1_000;
/** A connection on which nothing moves; longer than the slowest answer below. */
const IDLE_TIMEOUT_MS = 40_000;
const KEEP_ALIVE_MS = 10_000;
/** The slowest answer; then 503. Every wait inside a route has a shorter bound of its own. */
const HANDLER_TIMEOUT_MS = 30_000;
/** Longer than any name or number in a path. */
const PARAM_MAX_CHARS = 64;

export type ServerNeeds = {
  readonly log: Log;
  readonly metrics: ApiMetrics;
  readonly trustedProxies: readonly string[];
};

/** The HTTP server with its limits and its way to fail, without routes. Not listening yet. */
export function httpServer({ log, metrics, trustedProxies }: ServerNeeds): App {
  const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const expected = appErrorOf(error);
    if (expected.code === "INTERNAL") log.error("request_failed", error, { route: routeOf(request) });
    const { status, headers, body } = problemOf(expected);
    return reply.code(status).headers(headers).send(body);
  };
  const options: FastifyHttpOptions<Server> = {
    logger: false,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    trustProxy: trustedProxies.length === 0 ? false : proxyTrust(trustedProxies),
    routerOptions: { maxParamLength: PARAM_MAX_CHARS },
    http: {
      maxHeaderSize: HEADERS_MAX_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    // Both are set below. Given here so that the library does not load its own, which take time at start.
    schemaController: { compilersFactory: { buildValidator: unused, buildSerializer: unused } },
    clientErrorHandler: onClientError,
    frameworkErrors: (_, request, reply) => void answer(new AppError("NOT_FOUND", "bad path"), request, reply),
  };
  const app: App = fastify(options).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxConnections = CONNECTIONS_MAX;
  app.setValidatorCompiler<TSchema>(validator);
  app.setSerializerCompiler(() => JSON.stringify);
  acceptJsonOnly(app);
  app.setErrorHandler(answer);
  addHooks(app, metrics);
  return app;
}

function unused(): never {
  throw new Error("not the compiler in use");
}

/** Checks with the schema as it stands: nothing is converted, filled in or taken out. */
function validator({ schema }: { readonly schema: TSchema }) {
  return (value: unknown) => {
    try {
      return { value: checkArgs<unknown>(schema, value) };
    } catch (error) {
      return { error: appErrorOf(error) };
    }
  };
}

function addHooks(app: App, metrics: ApiMetrics): void {
  const allowed = new AllowedMethods();
  app.addHook("onRoute", ({ url, method }) => allowed.add(url, method));

  // Before a body is read: what has no route, or brings the wrong kind of body, is not worth reading.
  app.addHook("onRequest", async (request, reply) => {
    reply.headers({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    if (request.is404) {
      const methods = allowed.at(request.url);
      if (methods.length === 0) throw new AppError("NOT_FOUND", "no such path");
      reply.header("allow", methods.join(", "));
      throw new AppError("UNKNOWN_METHOD", "no such method here");
    }
    if (request.method === "POST") checkBodyType(request);
  });

  app.addHook("onResponse", async (request, reply) => {
    metrics.requestDone(routeOf(request), reply.statusCode, reply.elapsedTime / 1_000);
  });
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? "none";
}
