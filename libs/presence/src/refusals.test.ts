import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { inspect } from "node:util";
import { Env } from "@guildhall/config";
import { AppError } from "@guildhall/kernel";
import { plainServer } from "@guildhall/testkit";
import { describe, expect, test } from "vitest";
import { connectRedis } from "./redis-client.ts";
import { redisConfig } from "./redis-settings.ts";

/** A refusal comes well before a start would give up. */
const REFUSED_WITHIN_MS = 10_000;

describe.skipIf(process.env["TEST_SECRETS"] === undefined)("needs TEST_SECRETS", () => {
  const secrets = process.env["TEST_SECRETS"] ?? "";
  const wrongFile = join(mkdtempSync(join(tmpdir(), "refusals-")), "wrong");
  writeFileSync(wrongFile, "not-the-password\n");
  const open = (settings: Readonly<Record<string, string>>, onError: (error: unknown) => void) =>
    connectRedis(redisConfig(new Env({ ...process.env, ...settings })), onError);

  /** The refusal, and whatever was told on the way. */
  async function refusal(settings: Readonly<Record<string, string>>): Promise<{ error: AppError; told: string }> {
    const heard: unknown[] = [];
    const startedMs = performance.now();
    const error: unknown = await open(settings, (one) => heard.push(one)).then(
      (redis) => redis.disconnect(),
      (thrown: unknown) => thrown,
    );
    expect(performance.now() - startedMs).toBeLessThan(REFUSED_WITHIN_MS);
    expect(error).toBeInstanceOf(AppError);
    return { error: error as AppError, told: inspect([error, heard], { depth: 10, showHidden: true }) };
  }

  test("another password is refused with who and where, and is not repeated", async () => {
    const { error, told } = await refusal({ REDIS_PASSWORD_FILE: wrongFile });

    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toContain(`Redis at ${process.env["REDIS_URL"]}`);
    expect(error.message).toMatch(/user guildhall is not let in: no such user, or another password/);
    expect(told).not.toContain("not-the-password");
  });

  test("a server whose certificate is of an authority that is not ours is refused", async () => {
    const { error, told } = await refusal({ REDIS_CA_FILE: `${secrets}/other-ca.pem` });

    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toMatch(/Redis at rediss:.*not of an authority that is trusted here; see REDIS_CA_FILE/);
    expect(told).not.toContain(readFileSync(`${secrets}/redis-guildhall`, "utf8").trim());
  });

  test("without a name nobody is let in", async () => {
    const { error } = await refusal({ REDIS_USER: "none", REDIS_PASSWORD_FILE: "none" });

    expect(error.message).toMatch(/it wants a user and a password; see REDIS_USER/);
  });

  test("the services' user may use its own keys by presence's commands, and nothing else", async () => {
    const redis = await open({}, () => {});

    try {
      expect(await redis.set("guildhall:test-rights", "1", "PX", 1_000)).toBe("OK");
      for (const refused of [
        () => redis.set("other:key", "1"),
        () => redis.get("guildhal"),
        () => redis.keys("guildhall:*"),
        () => redis.del("guildhall:test-rights"),
        () => redis.flushall(),
        () => redis.config("GET", "*"),
        () => redis.eval("return 1", 0),
        () => redis.acl("LIST"),
      ]) {
        await expect(refused()).rejects.toThrow(/NOPERM/);
      }
    } finally {
      redis.disconnect();
    }
  });
});

test("with an authority set, a server without TLS is refused before it is told the password", async () => {
  await using server = await plainServer("", "+OK\r\n");
  const folder = mkdtempSync(join(tmpdir(), "plain-"));
  writeFileSync(join(folder, "ca.pem"), rootCertificates[0] ?? "");
  writeFileSync(join(folder, "password"), "our-password\n");
  const settings = {
    REDIS_URL: `redis://127.0.0.1:${server.port}`,
    REDIS_USER: "someone",
    REDIS_PASSWORD_FILE: join(folder, "password"),
    REDIS_CA_FILE: join(folder, "ca.pem"),
  };

  const opening = connectRedis(redisConfig(new Env(settings)), () => {});

  await expect(opening).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(server.received()).not.toContain("our-password");
});
