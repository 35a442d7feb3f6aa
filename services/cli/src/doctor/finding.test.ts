import { expect, test } from "vitest";
import { asJson, asText, type Check, diagnose, isWell, ok, warn, wrong } from "./finding.ts";

const check = (name: string, look: Check["look"]): Check => ({ name, mend: `see to ${name}`, look });

test("a check that throws, or never ends, is a finding that says how to mend it; the others are told", async () => {
  const never = new Promise<never>(() => {});

  const diagnosis = await diagnose(
    [
      check("broken", async () => {
        throw new Error("connection refused");
      }),
      check("silent", () => never),
      check("well", async () => [ok("all is well"), warn("nearly full", "make room")]),
    ],
    20,
  );

  expect(asText(diagnosis, [])).toBe(
    [
      "wrong  broken  connection refused — see to broken",
      "wrong  silent  no answer in 0.02 s — see to silent",
      "ok     well    all is well",
      "warn   well    nearly full — make room",
      "1 ok, 1 to warn of, 2 wrong",
      "",
    ].join("\n"),
  );
});

test("only what is wrong makes the exit code 1", async () => {
  const of = (finding: ReturnType<typeof ok>) => isWell([{ check: "x", ...finding }]);

  expect([of(ok("a")), of(warn("a", "b")), of(wrong("a", "b"))]).toEqual([true, true, false]);
});

test("JSON has every finding, on one line", async () => {
  const diagnosis = await diagnose([check("x", async () => [wrong("a", "b")])]);

  const text = asJson(diagnosis, []);

  expect(JSON.parse(text)).toEqual({ ok: false, findings: [{ check: "x", state: "wrong", what: "a", mend: "b" }] });
  expect(text.trimEnd()).not.toContain("\n");
});

test("no password is printed, nor what stands before an @ in an address", async () => {
  const secret = 'p"ass\\w';
  const diagnosis = await diagnose([
    check("x", async () => [wrong(`auth ${secret} failed at nats://ann:pw@host:1`, `not ${secret}`)]),
  ]);

  for (const text of [asText(diagnosis, [secret]), asJson(diagnosis, [secret])]) {
    expect(text).not.toContain("ass\\");
    expect(text).not.toContain("ann:pw");
    expect(text).toContain("auth *** failed at nats://***@host:1");
  }
});
