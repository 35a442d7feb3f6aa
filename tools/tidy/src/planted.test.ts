import { describe, expect, test } from "vitest";
import { fileFaults, frontFaults, lineCount, medianFault, tsconfigFaults } from "./file-checks.ts";
import { importFaults } from "./import-checks.ts";
import { importsOf } from "./imports.ts";
import { sourceOf, type Tree } from "./tree.ts";

const pack = (folder: string, ...declared: string[]) => ({
  folder,
  name: `@guildhall/${folder.split("/").at(-1)}`,
  declared: new Set(declared),
});
const all = ["kernel", "proto", "model", "wire", "bus", "store", "permit", "group", "telemetry", "gateway", "fanout"];
const ours = all.map((name) => `@guildhall/${name}`);
const foreign = ["lmdb", "ws", "jose", "fastify", "pino", "prom-client", "uWebSockets.js", "@msgpack/msgpack"];
const tree: Tree = {
  sources: [],
  packages: [
    ...[
      "kernel",
      "model",
      "wire",
      "bus",
      "store",
      "permit",
      "group",
      "entity",
      "testkit",
      "telemetry",
      "client",
      "journal",
    ].map((lib) => pack(`libs/${lib}`, ...ours, ...foreign)),
    ...["gateway", "fanout", "standalone", "cli", "api"].map((service) =>
      pack(`services/${service}`, ...ours, ...foreign),
    ),
    pack("proto", ...ours),
    pack("loadtest", ...ours, ...foreign),
    pack("tools/tidy"),
  ],
  tools: new Set(["vitest", "typescript"]),
  tsconfigs: [],
};
const faults = (path: string, text: string): string[] => importFaults(sourceOf(path, text), tree);

describe("imports that are refused", () => {
  test.each([
    ["a lib of its own layer", "libs/store/src/a.ts", `import { x } from "@guildhall/bus";`, /not below/],
    ["a lib of a higher layer", "libs/bus/src/a.ts", `import type { X } from "@guildhall/group";`, /not below/],
    [
      "a lib that imports a service",
      "libs/group/src/a.ts",
      `import { x } from "@guildhall/gateway";`,
      /a lib imports libs only/,
    ],
    ["a lib without a layer", "libs/novel/src/a.ts", `import { x } from "@guildhall/kernel";`, /LAYERS/],
    [
      "a value of proto's schemas in kernel",
      "libs/kernel/src/a.ts",
      `import { Hello } from "@guildhall/proto";`,
      /tables only/,
    ],
    [
      "a value of proto's schemas in model",
      "libs/model/src/a.ts",
      `import { Hello } from "@guildhall/proto";`,
      /import type/,
    ],
    ["proto above itself", "proto/a.ts", `export * from "@guildhall/kernel";`, /proto imports nothing/],
    [
      "a service in a service",
      "services/gateway/src/a.ts",
      `import { x } from "@guildhall/fanout";`,
      /ask it over the bus/,
    ],
    ["a service in the command line", "services/cli/src/a.ts", `import("@guildhall/gateway");`, /ask it over the bus/],
    ["a service in the load test", "loadtest/src/a.ts", `import { x } from "@guildhall/gateway";`, /from outside/],
    ["the store in the load test", "loadtest/src/a.ts", `import { x } from "@guildhall/store";`, /from outside/],
    [
      "a remote adapter below the top",
      "services/fanout/src/a.ts",
      `import { x } from "@guildhall/store/lmdb";`,
      /main\.ts/,
    ],
    [
      "a remote adapter in another's test",
      "services/fanout/src/a.test.ts",
      `import { x } from "@guildhall/store/lmdb";`,
      /main\.ts/,
    ],
    [
      "the sidecar client in a gateway",
      "services/gateway/src/a.ts",
      `import { x } from "@guildhall/permit/sidecar";`,
      /main\.ts/,
    ],
    [
      "a memory adapter below the top",
      "services/fanout/src/a.ts",
      `import { x } from "@guildhall/bus/memory";`,
      /main\.ts/,
    ],
    ["uWebSockets.js beside its folder", "services/gateway/src/a.ts", `import uws from "uWebSockets.js";`, /socket/],
    ["lmdb outside its ports", "services/fanout/src/a.ts", `import { open } from "lmdb";`, /libs\/journal/],
    [
      "a metrics library in a service",
      "services/gateway/src/a.ts",
      `import { Counter } from "prom-client";`,
      /telemetry/,
    ],
    ["pino in a service", "services/api/src/a.ts", `import { pino } from "pino";`, /telemetry/],
    ["ws in a service", "services/gateway/src/a.ts", `import { WebSocket } from "ws";`, /libs\/client/],
    [
      "MessagePack in a service",
      "services/gateway/src/a.ts",
      `import { encode } from "@msgpack/msgpack";`,
      /libs\/wire/,
    ],
    ["jose in a service", "services/api/src/a.ts", `import { SignJWT } from "jose";`, /libs\/token/],
    ["fastify in the gateway", "services/gateway/src/a.ts", `import { fastify } from "fastify";`, /services\/api/],
    ["Node in a pure lib", "libs/model/src/a.ts", `import { readFileSync } from "node:fs";`, /pure/],
    ["Node without its prefix in a pure lib", "libs/entity/src/a.ts", `import fs from "fs";`, /pure/],
    [
      "a relative import into another package",
      "libs/bus/src/a.ts",
      `import { x } from "../../kernel/src/ids.ts";`,
      /by name/,
    ],
    ["a relative import without its suffix", "libs/bus/src/a.ts", `import { x } from "./b";`, /b\.ts/],
    ["a package that is not declared", "libs/bus/src/a.ts", `import { x } from "left-pad";`, /package\.json/],
    ["a developer's tool in a source", "libs/bus/src/a.ts", `import { test } from "vitest";`, /package\.json/],
  ])("%s", (_, path, text, what) => {
    expect(faults(path, text).join("\n")).toMatch(what);
  });
});

describe("imports that are allowed", () => {
  test.each([
    ["a lib of a lower layer", "libs/group/src/a.ts", `import { x } from "@guildhall/store";`],
    ["proto's tables in kernel", "libs/kernel/src/a.ts", `import { ERRORS } from "@guildhall/proto/tables";`],
    ["proto's types in model", "libs/model/src/a.ts", `import { type Answer } from "@guildhall/proto";`],
    ["services in the composition", "services/standalone/src/a.ts", `import { x } from "@guildhall/gateway";`],
    ["an adapter in main.ts", "services/fanout/src/main.ts", `import { x } from "@guildhall/store/lmdb";`],
    ["an adapter in its own test", "libs/store/src/lmdb.test.ts", `import { x } from "@guildhall/store/lmdb";`],
    ["a memory adapter in a test", "services/fanout/src/a.test.ts", `import { x } from "@guildhall/bus/memory";`],
    [
      "the sidecar client in the command line",
      "services/cli/src/explain.ts",
      `import { x } from "@guildhall/permit/sidecar";`,
    ],
    ["the sidecar client in the load test", "loadtest/src/a.ts", `import { x } from "@guildhall/permit/sidecar";`],
    ["uWebSockets.js in its folder", "services/gateway/src/socket/a.ts", `import uws from "uWebSockets.js";`],
    ["uWebSockets.js in a baseline", "loadtest/src/baseline/a.ts", `import uws from "uWebSockets.js";`],
    ["ws in a test", "services/gateway/src/a.test.ts", `import { WebSocket } from "ws";`],
    ["Node in a test of a pure lib", "libs/model/src/a.test.ts", `import { readFileSync } from "node:fs";`],
    ["a file of the same package", "libs/bus/src/deep/a.ts", `import { x } from "../bus.ts";`],
    ["the test runner in a test", "libs/bus/src/a.test.ts", `import { test } from "vitest";`],
  ])("%s", (_, path, text) => {
    expect(faults(path, text)).toEqual([]);
  });
});

test("every way of naming a module is seen", () => {
  const text = `import a from "a"; import type b from "b"; export * from "c"; export type { D } from "d";
    const e = await import("e"); let f: import("f").F; const g = require("g"); // import "not-this"`;

  expect(importsOf(text).map(({ from }) => from)).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  expect(importsOf(text).filter(({ typeOnly }) => typeOnly)).toHaveLength(3);
});

describe("files that are refused", () => {
  test.each([
    ["a long source", "libs/bus/src/a.ts", "\n".repeat(401), /split it/],
    ["a long test", "libs/bus/src/a.test.ts", "\n".repeat(601), /split it/],
    ["a name with capitals", "libs/bus/src/busMemory.ts", "", /kebab-case/],
    ["an unknown suffix", "libs/bus/src/bus.spec.ts", "", /kebab-case/],
    ["a folder with capitals", "libs/bus/src/Deep/a.ts", "", /kebab-case/],
    ["a drawer without a name", "libs/bus/src/utils.ts", "", /says nothing/],
    ["a folder without a name", "libs/bus/src/helpers/a.ts", "", /says nothing/],
    ["the environment below the top", "libs/bus/src/a.ts", `const x = process.env["X"];`, /main\.ts/],
    ["the environment by another spelling", "libs/bus/src/a.ts", `const x = process["env"];`, /main\.ts/],
    ["a default export", "libs/bus/src/a.ts", "export default 1;", /by its name/],
    ["a default export by renaming", "libs/bus/src/a.ts", "const a = 1;\nexport { a as default };", /by its name/],
    ["work left for later", "libs/bus/src/a.ts", "// TODO: later", /open an issue/],
  ])("%s", (_, path, text, what) => {
    expect(fileFaults(sourceOf(path, text)).join("\n")).toMatch(what);
  });
});

test("files that keep to the rules have no faults", () => {
  const main = sourceOf("services/gateway/src/main.ts", `const env = process.env;\n`);
  const full = sourceOf("libs/bus/src/bus.contract.ts", "x\n".repeat(600));

  expect([main, full].flatMap(fileFaults)).toEqual([]);
});

test("a median over the aim is a fault, tests not counted", () => {
  const long = sourceOf("libs/bus/src/a.ts", "x\n".repeat(101));
  const shortTest = sourceOf("libs/bus/src/a.test.ts", "x\n");

  expect(medianFault([long, shortTest, shortTest])).toMatch(/split/);
  expect(medianFault([sourceOf("libs/bus/src/a.ts", "x\n".repeat(100))])).toBeUndefined();
});

test("a tsconfig.json that blinds the linter is a fault", () => {
  expect(tsconfigFaults({ tsconfigs: ["libs/bus/tsconfig.json"] })).toHaveLength(1);
});

test("README needs both commands and LICENSE its text", () => {
  expect(frontFaults("run npm ci && npm start now", "")).toHaveLength(3);
  expect(frontFaults("```\n  npm ci && npm start\nnpm ci && npm test\n```", "Apache License")).toEqual([]);
});

test("lines are counted as an editor counts them", () => {
  expect(["", "a", "a\n", "a\nb"].map(lineCount)).toEqual([0, 1, 1, 2]);
});
