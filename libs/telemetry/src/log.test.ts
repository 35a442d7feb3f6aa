import { AppError } from "@guildhall/kernel";
import { expect, test } from "vitest";
import { jsonLog, silentLog } from "./log.ts";

const CANARY = "canary-7f3a";

function setUp() {
  const lines: string[] = [];
  const log = jsonLog("gateway", { write: (line) => void lines.push(line) });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "null") as Record<string, unknown> };
}

test("writes one line of JSON an event, with level, time, service and fields", () => {
  const { log, lines, last } = setUp();

  log.info("listening", { port: 7_000 });

  expect(lines).toHaveLength(1);
  expect(lines[0]?.endsWith("}\n")).toBe(true);
  expect(last()).toEqual({
    level: "info",
    time: expect.any(String),
    service: "gateway",
    event: "listening",
    port: 7_000,
  });
  expect(Number.isNaN(Date.parse(String(last()["time"])))).toBe(false);
});

test.each(["token", "tok", "refresh", "password", "secret", "code", "authorization", "Authorization", "TOKEN"])(
  "a field named %s is never written, at any depth",
  (name) => {
    const { log, lines, last } = setUp();

    log.warn("odd", { [name]: CANARY, a: { [name]: CANARY, b: [{ [name]: { c: CANARY } }] }, port: 1 });

    expect(lines.join()).not.toContain(CANARY);
    expect(last()).toMatchObject({ level: "warn", [name]: "[redacted]", port: 1 });
  },
);

test("an error is written with its code, text, stack and causes, and nothing else it carries", () => {
  const { log, lines, last } = setUp();
  const cause = Object.assign(new Error("socket hang up"), { headers: { authorization: CANARY }, config: CANARY });

  log.error("append_failed", new AppError("UNAVAILABLE", "journal", { cause, d: { text: CANARY } }), { partition: 3 });

  expect(last()).toMatchObject({
    level: "error",
    event: "append_failed",
    partition: 3,
    error: {
      name: "AppError",
      kind: "UNAVAILABLE",
      text: "UNAVAILABLE: journal",
      stack: expect.stringContaining("log.test.ts"),
      cause: { text: "socket hang up" },
    },
  });
  expect(lines.join()).not.toContain(CANARY);
});

test("whatever was thrown, a line is written", () => {
  const { log, lines } = setUp();
  const loop = new Error("loop");
  loop.cause = loop;

  for (const thrown of ["text", null, undefined, { password: CANARY }, loop]) log.error("failed", thrown);

  expect(lines).toHaveLength(5);
  expect(lines.join()).not.toContain(CANARY);
});

test("fields that are odd are written within bounds", () => {
  const { log, lines, last } = setUp();
  const circle: Record<string, unknown> = { n: 1 };
  circle["self"] = circle;

  log.info("odd", { circle, big: 2n ** 70n, bytes: new Uint8Array(16), many: Array(10_000).fill(1), none: undefined });

  expect(last()).toMatchObject({ big: "1180591620717411303424", bytes: "16 bytes" });
  expect((last()["many"] as unknown[]).length).toBe(100);
  expect(lines[0]?.length).toBeLessThan(2_000);
});

test("a field cannot pose as one of the line's own", () => {
  const { log, last } = setUp();

  log.info("real", { event: "forged", level: "forged", service: "forged" });

  expect(last()).toMatchObject({ event: "real", level: "info", service: "gateway", event_: "forged" });
});

test("the silent log says nothing and takes everything", () => {
  expect(() => silentLog.error("failed", new Error("x"), { a: 1 })).not.toThrow();
});
