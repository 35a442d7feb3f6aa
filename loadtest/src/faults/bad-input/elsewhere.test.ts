import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { WSCONF_CASES } from "../conformance/conformance.ts";
import { COMMAND_CASES } from "./command-cases.ts";
import { ABSENT, ELSEWHERE, IN_CONFORMANCE } from "./elsewhere.ts";
import { freeSieges, SILENT_SIEGES } from "./free-sieges.ts";
import { HANDSHAKE_CASES, SLOW_HANDSHAKE_CASES } from "./handshake-cases.ts";
import { HTTP_CASES, SLOW_HTTP_CASES } from "./http-cases.ts";
import { JSON_CASES } from "./json-cases.ts";
import { MSGPACK_CASES } from "./msgpack-cases.ts";
import { LAST_STRICT_SIEGE, STRICT_SIEGES } from "./strict-sieges.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
/** How many rows each part of the catalogue has. */
const ROWS = { H: 27, FR: 30, M: 36, S: 20, A: 30 };

const run = new Set(
  [
    ...HANDSHAKE_CASES,
    ...SLOW_HANDSHAKE_CASES,
    ...JSON_CASES,
    ...MSGPACK_CASES,
    ...COMMAND_CASES,
    ...HTTP_CASES,
    ...SLOW_HTTP_CASES,
    ...freeSieges({ resets: 1, aborts: 1, empties: 1 }),
    ...SILENT_SIEGES,
    ...STRICT_SIEGES,
    LAST_STRICT_SIEGE,
  ].map(({ id }) => id),
);

test("every row of the catalogue is run, shown elsewhere, or has a reason to be absent", () => {
  const rows = Object.entries(ROWS).flatMap(([part, count]) =>
    Array.from({ length: count }, (_, at) => `${part}${at + 1}`),
  );
  const known = new Set([...run, ...Object.keys(ELSEWHERE), ...Object.keys(ABSENT), ...IN_CONFORMANCE]);

  expect(rows.filter((row) => !known.has(row))).toEqual([]);
});

test("what is absent or shown elsewhere is not run here too", () => {
  expect([...Object.keys(ELSEWHERE), ...Object.keys(ABSENT)].filter((row) => run.has(row))).toEqual([]);
});

test.each(Object.entries(ELSEWHERE))("%s: the test that shows it is there", (_, { file, test: name }) => {
  expect(readFileSync(`${root}/${file}`, "utf8")).toContain(`"${name}"`);
});

test("there are as many cases as a suite has", () => {
  expect(WSCONF_CASES.length).toBeGreaterThan(500);
  expect(new Set(WSCONF_CASES.map(({ id, what }) => `${id} ${what}`)).size).toBe(WSCONF_CASES.length);
});
