import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { inspect } from "node:util";
import { Env } from "@guildhall/config";
import { AppError } from "@guildhall/kernel";
import { plainServer } from "@guildhall/testkit";
import { describe, expect, test } from "vitest";
import { connectNats } from "./connect.ts";
import { natsConfig } from "./settings.ts";

/** A refusal comes well before a start would give up. */
const REFUSED_WITHIN_MS = 10_000;

describe.skipIf(process.env["TEST_SECRETS"] === undefined)("needs TEST_SECRETS", () => {
  const secrets = process.env["TEST_SECRETS"] ?? "";
  const folder = mkdtempSync(join(tmpdir(), "refusals-"));
  const wrongFile = join(folder, "wrong");
  writeFileSync(wrongFile, "not-the-password\n");

  async function refusal(settings: Readonly<Record<string, string>>): Promise<AppError> {
    const config = natsConfig(new Env({ ...process.env, ...settings }));
    const startedMs = performance.now();
    const error: unknown = await connectNats(config, "refusals test", () => {}).then(
      async (nats) => nats[Symbol.asyncDispose](),
      (thrown: unknown) => thrown,
    );
    expect(performance.now() - startedMs).toBeLessThan(REFUSED_WITHIN_MS);
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }

  test("another password is refused with who and where, and is not repeated", async () => {
    const error = await refusal({ NATS_USER: "gateway", NATS_PASSWORD_FILE: wrongFile });

    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toContain(`NATS at ${process.env["NATS_SERVERS"]?.replaceAll(",", ", ")}`);
    expect(error.message).toMatch(/user gateway is not let in: no such user, or another password/);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("not-the-password");
  });

  test("a server whose certificate is of an authority that is not ours is refused, before it is told the password", async () => {
    const error = await refusal({ NATS_CA_FILE: `${secrets}/other-ca.pem` });

    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toMatch(
      /NATS at 127\.0\.0\.1:\d+.*not of an authority that is trusted here; see NATS_CA_FILE/,
    );
    const password = readFileSync(`${secrets}/nats-test`, "utf8").trim();
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(password);
  });

  test("without a name nobody is let in, and without the authority the certificate is refused", async () => {
    const nameless = await refusal({ NATS_USER: "none", NATS_PASSWORD_FILE: "none" });
    const trusting = await refusal({ NATS_CA_FILE: "none" });

    expect(nameless.message).toMatch(/it wants a user and a password; see NATS_USER/);
    expect(trusting.message).toMatch(/not of an authority that is trusted here; see NATS_CA_FILE/);
  });
});

test("with an authority set, a server without TLS is refused before it is told the password", async () => {
  await using server = await plainServer('INFO {"server_id":"x","version":"2.15.2","max_payload":1048576}\r\n', "");
  const folder = mkdtempSync(join(tmpdir(), "plain-"));
  writeFileSync(join(folder, "ca.pem"), rootCertificates[0] ?? "");
  writeFileSync(join(folder, "password"), "our-password\n");
  const settings = {
    NATS_SERVERS: `127.0.0.1:${server.port}`,
    NATS_USER: "someone",
    NATS_PASSWORD_FILE: join(folder, "password"),
    NATS_CA_FILE: join(folder, "ca.pem"),
  };

  const opening = connectNats(natsConfig(new Env(settings)), "plain test", () => {});

  await expect(opening).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(server.received()).not.toContain("our-password");
});
