import { createRequire } from "node:module";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { documents } from "./documents.ts";

/** The schema of AsyncAPI's own project, for 3.0.0. */
const schema = createRequire(import.meta.url)("@asyncapi/specs/schemas/3.0.0.json") as object;
const ajv = new Ajv({
  strict: false,
  meta: false,
  validateSchema: false,
  validateFormats: false,
  allErrors: true,
  logger: false,
});
const isAsyncapi = ajv.compile(schema);
const made = () => JSON.parse(documents()["docs/protocol/asyncapi.json"] ?? "") as Record<string, unknown>;

test("asyncapi.json is AsyncAPI 3.0 by its schema", () => {
  isAsyncapi(made());

  expect(isAsyncapi.errors).toBeNull();
});

test.each([
  ["another version", { asyncapi: "2.6.0" }],
  ["no information", { info: undefined }],
  ["an operation that neither sends nor receives", { operations: { x: { action: "shout" } } }],
])("a document with %s is told apart", (_, change) => {
  const document = JSON.parse(JSON.stringify({ ...made(), ...change })) as unknown;

  expect(isAsyncapi(document)).toBe(false);
});
