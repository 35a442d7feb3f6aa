import { readFileSync } from "node:fs";
import { ASKS, CLIENT_FRAME, COMMANDS, CONTENT_KINDS, type CommandSpec, SERVER_FRAME } from "@guildhall/proto";
import { expect, test } from "vitest";
import { documents } from "./documents.ts";

const made = Object.entries(documents());

test.each(made)("%s is current: `npm run docs` changes nothing", (path, text) => {
  expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")).toBe(text);
});

test.each(made)("every $ref in %s leads somewhere", (_, text) => {
  const document: unknown = JSON.parse(text);
  const refs = [...text.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, ref = ""]) => ref);
  const dead = refs.filter((ref) => at(document, ref.split("/")) === undefined);

  expect(dead).toEqual([]);
});

test("every frame, and every method a client may use, has its schema; those of our services have none", () => {
  const { $defs } = JSON.parse(documents()["docs/protocol/schemas.json"] ?? "") as { $defs: Record<string, unknown> };
  const commands = Object.entries(COMMANDS).filter(([, { via }]) => via === "cmd");
  const asks = Object.entries(ASKS).filter(([, { via }]) => via !== "inside");

  expect(Object.keys($defs).filter((name) => /^(client|server|command|ask)\./.test(name))).toEqual([
    ...Object.keys(CLIENT_FRAME).map((name) => `client.${name}`),
    ...Object.keys(SERVER_FRAME).map((name) => `server.${name}`),
    ...commands.map(([name]) => `command.${name}`),
    ...asks.map(([name]) => `ask.${name}`),
  ]);
});

test("every kind of event has the shape of its body", () => {
  const { $defs } = JSON.parse(documents()["docs/protocol/schemas.json"] ?? "") as { $defs: Record<string, unknown> };
  const shown = ({ entity, via, silent }: CommandSpec) => entity === "group" && via !== "own" && silent !== true;
  const commands = Object.entries<CommandSpec>(COMMANDS).filter(([, spec]) => shown(spec));
  const kinds = [...Object.keys(CONTENT_KINDS), ...commands.map(([name]) => name), "group.create", "group.adopt"];

  const bodies = Object.keys($defs).filter((name) => name.startsWith("event."));

  expect(new Set(bodies)).toEqual(new Set(kinds.map((kind) => `event.${kind}`)));
});

test("every frame is a message of one direction", () => {
  const { operations } = JSON.parse(documents()["docs/protocol/asyncapi.json"] ?? "") as {
    operations: Record<"fromClient" | "fromServer", { messages: { $ref: string }[] }>;
  };

  expect(operations.fromClient.messages).toHaveLength(Object.keys(CLIENT_FRAME).length);
  expect(operations.fromServer.messages).toHaveLength(Object.keys(SERVER_FRAME).length);
});

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (typeof found === "object" && found !== null ? Reflect.get(found, key) : undefined),
    value,
  );
}
