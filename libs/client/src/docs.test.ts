import { readdirSync, readFileSync } from "node:fs";
import {
  ASKS,
  type Axis,
  BITS,
  CLIENT_FRAME,
  CLOSE_CODES,
  COMMANDS,
  ERRORS,
  GROUP_CATEGORIES,
  GROUP_STATES,
  LIMITS,
  OPERATOR_STATES,
  POLICIES,
  POLICY_NAMES,
  type Policy,
  SERVER_FRAME,
} from "@guildhall/proto";
import { codecFor } from "@guildhall/wire";
import { describe, expect, test } from "vitest";

const FOLDER = new URL("../../../docs/protocol/", import.meta.url);
const page = (name: string) => readFileSync(new URL(name, FOLDER), "utf8");

/** The rows of the table whose head begins with `head`, cells without backquotes, at most `columns` of them. */
function rowsUnder(markdown: string, head: string, columns: number): string[][] {
  const lines = markdown.slice(markdown.indexOf(`| ${head} |`)).split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end < 0 ? undefined : end).map((line) =>
    line
      .split("|")
      .slice(1, columns + 1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

/** What stands in fenced blocks whose info string is `info`. */
function fenced(info: string): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => [...page(name).matchAll(new RegExp(`^\`\`\`${info}\\n([^\`]+?)\\n\`\`\`$`, "gm"))])
    .map(([, text = ""]) => text);
}

describe("the tables have exactly the rows of proto", () => {
  test("errors", () => {
    const rows = Object.entries(ERRORS).map(([name, { c, retry, text }]) => [
      String(c),
      name,
      retry ? "yes" : "no",
      text,
    ]);

    expect(rowsUnder(page("errors.md"), "c", 4)).toEqual(rows);
  });

  test("close codes", () => {
    const rows = Object.entries(CLOSE_CODES).map(([name, { code, action, text }]) => [
      String(code),
      name,
      action,
      text,
    ]);

    expect(rowsUnder(page("close-codes.md"), "code", 4)).toEqual(rows);
  });

  test("limits", () => {
    const rows = Object.entries(LIMITS).map(([name, value]) => [name, String(value)]);

    expect(rowsUnder(page("limits.md"), "name", 2)).toEqual(rows);
  });

  test("permissions", () => {
    const rows = Object.entries(BITS).map(([name, spec]) => [String(spec.bit), name, "dangerous" in spec ? "yes" : ""]);

    expect(rowsUnder(page("permissions.md"), "bit", 3)).toEqual(rows);
  });

  test("policies", () => {
    const whole = Object.values(POLICIES) as readonly Policy[];
    const cells: Readonly<Record<Axis, (policy: Policy) => string>> = {
      members: ({ members: { max, raised } }) => (raised ? `${max}, ${raised.max} with ${raised.by}` : `${max}`),
      admins: ({ admins }) => String(admins ?? "any"),
      rename: ({ rename }) => rename,
      kick: ({ kick }) => kick,
      delete: (policy) => policy.delete,
      recall: ({ recall: { who, windowMs } }) => `${who}, ${windowMs === null ? "for ever" : `${windowMs} ms`}`,
    };

    expect(rowsUnder(page("policies.md"), "axis", 1 + whole.length)).toEqual(
      Object.entries(cells).map(([axis, cell]) => [axis, ...whole.map(cell)]),
    );
    expect(page("policies.md")).toContain(`| axis | ${POLICY_NAMES.map((name) => `\`${name}\``).join(" | ")} |`);
  });

  test("states", () => {
    const byOperator: readonly string[] = OPERATOR_STATES;
    const rows = Object.entries(GROUP_STATES).map(([state, { keeps, found }]) => [
      state,
      byOperator.includes(state) ? "operator" : "owner",
      keeps === "all" ? keeps : keeps.join(", "),
      found ? "yes" : "no",
    ]);

    expect(rowsUnder(page("states.md"), "state", 4)).toEqual(rows);
  });

  test("frames of both directions", () => {
    const [fromClient = "", fromServer = ""] = page("frames.md").split("## From the server");

    expect(rowsUnder(fromClient, "number", 2)).toEqual(
      Object.entries(CLIENT_FRAME).map(([name, number]) => [String(number), name]),
    );
    expect(rowsUnder(fromServer, "number", 2)).toEqual(
      Object.entries(SERVER_FRAME).map(([name, number]) => [String(number), name]),
    );
  });

  test("commands with their permissions, and questions", () => {
    const [commands = "", asks = ""] = page("commands.md").split("## Questions");
    const named = Object.entries(COMMANDS).filter(([, { via }]) => via === "cmd");

    const documented = rowsUnder(commands, "method", 3).map(([method, , permission]) => `${method} ${permission}`);
    const permissionOf = (spec: object) => ("bit" in spec ? String(spec.bit) : "ownerOnly" in spec ? "owner" : "");
    const questions = Object.entries(ASKS).filter(([, { via }]) => via !== "inside");

    expect(new Set(documented)).toEqual(new Set(named.map(([method, spec]) => `${method} ${permissionOf(spec)}`)));
    expect(new Set(rowsUnder(asks, "method", 1).flat())).toEqual(new Set(questions.map(([method]) => method)));
    for (const category of GROUP_CATEGORIES) expect(asks).toContain(`\`${category}\``);
  });
});

describe("every example is a frame", () => {
  const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

  test.each(fenced("json client"))("%s", (text) => {
    expect(codecFor("json").decodeClient(new TextEncoder().encode(text))).toBeDefined();
  });
  test.each(fenced("json server"))("%s", (text) => {
    expect(codecFor("json").decodeServer(new TextEncoder().encode(text))).toBeDefined();
  });
  test.each(fenced("hex client"))("%s stands for one of the examples in JSON", (hex) => {
    const inJson = fenced("json client").map((text) => codecFor("json").decodeClient(new TextEncoder().encode(text)));

    expect(inJson).toContainEqual(codecFor("msgpack").decodeClient(bytes(hex)));
  });
  test.each(fenced("hex server"))("%s stands for one of the examples in JSON", (hex) => {
    const inJson = fenced("json server").map((text) => codecFor("json").decodeServer(new TextEncoder().encode(text)));

    expect(inJson).toContainEqual(codecFor("msgpack").decodeServer(bytes(hex)));
  });
});

test("the Python client has at most 60 lines and names nothing outside the standard library", () => {
  const source = page("python-client.py");
  const imported = [...source.matchAll(/^import (.+)$/gm)].flatMap(([, names = ""]) => names.split(", "));

  expect(source.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(60);
  expect(imported.every((name) => /^(base64|json|os|socket|struct|sys|threading|time|urllib\.\w+)$/.test(name))).toBe(
    true,
  );
});
