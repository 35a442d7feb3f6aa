import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { operatorHeaders, testApi } from "../testing.ts";

type Schema = Record<string, unknown>;
type Operation = {
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, { schema: Schema }>> }>>;
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Schema };
};

async function setUp() {
  const api = await testApi();
  const { text } = await api.get("/openapi.json");
  return { ...api, text, document: JSON.parse(text) as Document };
}

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );

test("the document is OpenAPI 3.1 by its schema", async () => {
  const { document } = await setUp();
  const validator = new Validator();

  expect(await validator.validate(structuredClone(document) as never)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("a document that is none is told apart", async () => {
  const { document } = await setUp();
  const broken = { ...structuredClone(document), paths: { "/x": { get: { responses: "none" } } } };

  expect((await new Validator().validate(broken)).valid).toBe(false);
});

test("docs/protocol/openapi.json is current: `npm run docs` changes nothing", async () => {
  const { text } = await setUp();

  expect(readFileSync(new URL("../../../../docs/protocol/openapi.json", import.meta.url), "utf8")).toBe(text);
});

test("every route is in it", async () => {
  const { app, document } = await setUp();
  await app.ready();
  const documented = operationsOf(document).map(({ path, method }) => `${method} ${path}`);

  for (const each of documented) {
    const [method = "", path = ""] = each.split(" ");
    expect(app.hasRoute({ method: method.toUpperCase() as "GET", url: path.replace(/\{(\w+)\}/g, ":$1") })).toBe(true);
  }
  // As printed: one line a node of the tree, with its methods in brackets.
  const routes = app.printRoutes({ commonPrefix: false }).match(/\((?:GET|POST|DELETE|PUT|PATCH|HEAD|, )+\)/g) ?? [];
  const methods = routes.flatMap((list) => list.slice(1, -1).split(", ")).filter((method) => method !== "HEAD");
  expect(documented).toHaveLength(methods.length);
});

test("a route needs a key if the document says so, and only then", async () => {
  const { app, document } = await setUp();

  for (const { path, method, operation } of operationsOf(document)) {
    const url = path.replace("{dev}", "A".repeat(22)).replace("{name}", "ada").replace("{number}", "1");
    const { statusCode } = await app.inject({
      method: method.toUpperCase() as "GET",
      url,
      ...(method === "post" ? { payload: {} } : {}),
    });
    expect([path, method, statusCode === 401]).toEqual([path, method, operation.security !== undefined]);
  }
});

test("what routes answer is what the document says, and no field more", async () => {
  const { document, post, get, fake } = await setUp();
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema({ $id: "doc", components: document.components });
  const mistakes: unknown[] = [];
  function check(path: string, method: string, { status, body }: { status: number; body: Record<string, unknown> }) {
    const content = document.paths[path]?.[method]?.responses[status >= 400 ? "default" : String(status)]?.content;
    const schema = Object.values(content ?? {})[0]?.schema;
    if (schema === undefined) return void mistakes.push([path, method, status, "not documented"]);
    const closed = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/')) as Schema;
    const shape =
      "$ref" in closed ? document.components.schemas[String(closed["$ref"]).split("/").at(-1) ?? ""] : closed;
    if (!ajv.validate(closed, body)) mistakes.push([path, method, ajv.errorsText()]);
    const properties = Object.keys((shape as { properties?: object }).properties ?? body);
    mistakes.push(
      ...Object.keys(body)
        .filter((key) => !properties.includes(key))
        .map((key) => [path, method, key]),
    );
  }
  const person = { name: "ada", password: "correct horse" };
  const up = await post("/v1/people", person);
  const bearer = { authorization: `Bearer ${String(up.body["access"])}` };
  fake.claims.set("group/123456789", { by: 7, confirmed: true });
  fake.groups.set(7, {
    g: 7,
    number: 123_456_789,
    name: "n",
    category: "study",
    tags: ["a"],
    intro: "",
    owner: 1,
    state: "active",
    members: 1,
    at: 1,
    muteAll: false,
    slowMs: 0,
    membersMax: 0,
    policy: "group_account",
    attribution: "admins",
    official: false,
    avatar: 0,
    locked: false,
    dissolveAt: 0,
  });

  check("/v1/people", "post", up);
  check("/v1/people", "post", await post("/v1/people", person));
  check("/v1/session", "post", await post("/v1/session", person));
  check("/v1/session/refresh", "post", await post("/v1/session/refresh", { refresh: up.body["refresh"] }));
  check("/v1/devices", "get", await get("/v1/devices", bearer));
  check("/v1/people/{name}", "get", await get("/v1/people/ada", operatorHeaders));
  check("/v1/groups/{number}", "get", await get("/v1/groups/123456789", operatorHeaders));
  const frozen = await post("/v1/groups/123456789/state", { state: "frozen", why: "x" }, operatorHeaders);
  check("/v1/groups/{number}/state", "post", frozen);
  check("/v1/people/batch", "post", await post("/v1/people/batch", { names: ["bob"] }, operatorHeaders));
  check("/v1/session/end", "post", await post("/v1/session/end", {}, bearer));
  check("/healthz", "get", await get("/healthz"));
  check("/readyz", "get", await get("/readyz"));
  check("/.well-known/jwks.json", "get", await get("/.well-known/jwks.json"));

  expect(mistakes).toEqual([]);
});
