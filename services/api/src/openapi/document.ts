import { STATUS_CODES } from "node:http";
import type { TSchema } from "typebox";
import { Done, ProblemBody, Session } from "../http/fields.ts";

declare module "fastify" {
  /** What the document says of a route besides its shapes. */
  interface FastifySchema {
    /** One line on what it is for. A route without it is not in the document. */
    summary?: string;
    /** Whose key it needs in `Authorization`: a person's access token or the operator's key. */
    security?: "person" | "operator";
    /** The content type of an answer that is no plain JSON. */
    produces?: string;
  }
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A route as the HTTP library was given it. */
export type DocumentedRoute = {
  readonly method: string | readonly string[];
  readonly url: string;
  readonly schema?: {
    readonly summary?: string;
    readonly security?: "person" | "operator";
    readonly produces?: string;
    readonly body?: unknown;
    readonly params?: unknown;
    readonly querystring?: unknown;
    readonly response?: unknown;
  };
};

/** Shapes that stand once in the document. */
const NAMED: Readonly<Record<string, TSchema>> = { Done, Problem: ProblemBody, Session };
const NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMED).map(([name, schema]) => [JSON.stringify(schema), name]),
);
const PROBLEM = {
  description: "Refused or failed (RFC 9457).",
  ...withContent("application/problem+json", ProblemBody),
};
const RETRY_AFTER = { description: "Seconds to wait, with 429 and 503.", schema: { type: "integer" } };
const BEARER = { type: "http", scheme: "bearer" };

/** OpenAPI 3.1 of these routes, made from the very schemas that requests are checked with. */
export function openapi(routes: readonly DocumentedRoute[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const { method, url, schema } of routes) {
    if (schema?.summary === undefined || typeof method !== "string" || method === "HEAD") continue;
    const path = url.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(method, url, schema) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Guildhall over HTTP",
      version: "1",
      description: "Identity and tokens, health and metrics. Messages go over the WebSocket: see asyncapi.json.",
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(NAMED).map(([name, schema]) => [name, plain(schema)])),
      securitySchemes: {
        person: { ...BEARER, description: "An access token: from signing up, in, or on." },
        operator: { ...BEARER, description: "The operator's key." },
      },
    },
  };
}

function operation(method: string, url: string, schema: NonNullable<DocumentedRoute["schema"]>): Json {
  const { summary = "", security, produces, body, params, querystring, response } = schema;
  const words = url.split(/[^A-Za-z0-9]+/).filter((word) => word !== "" && word !== "v1");
  const parameters = [...parametersIn("path", params), ...parametersIn("query", querystring)];
  return {
    operationId: [method.toLowerCase(), ...words].join("_"),
    summary,
    ...(security === undefined ? {} : { security: [{ [security]: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, ...withContent("application/json", body) } }),
    responses: { ...responsesOf(response, produces), default: { ...PROBLEM, headers: { "Retry-After": RETRY_AFTER } } },
  };
}

function responsesOf(response: unknown, produces = "application/json"): Record<string, Json> {
  const byStatus = Object.entries((response ?? {}) as Readonly<Record<string, unknown>>);
  const documented = byStatus.filter(([status]) => status !== "default");
  return Object.fromEntries(
    documented.map(([status, schema]) => [
      status,
      { description: STATUS_CODES[status] ?? status, ...withContent(produces, schema) },
    ]),
  );
}

function parametersIn(place: "path" | "query", schema: unknown): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = plain(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, shape]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: shape,
  }));
}

function withContent(type: string, schema: unknown): { readonly content: Json } {
  return { content: { [type]: { schema: referred(plain(schema)) } } };
}

/** The schema as data: what only code can check stands in its description or pattern. */
function plain(schema: unknown): Json {
  return JSON.parse(JSON.stringify(schema)) as Json;
}

/** Shapes that have a name are referred to by it. */
function referred(value: Json): Json {
  const name = NAMES.get(JSON.stringify(value));
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  if (Array.isArray(value)) return value.map((item) => referred(item as Json));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, referred(item)]));
}
