import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { signUp } from "@guildhall/client";
import { expect, test } from "vitest";
import { startBench } from "./bench.ts";
import { guildhall } from "./cli.ts";
import { entitlementsContract } from "./entitlements.contract.ts";

entitlementsContract(startBench);

test("S04: guildhall person entitle, with the operator's key", async () => {
  const bench = await startBench();
  const session = await signUp(bench.server.http, { name: "ann", password: "correct horse battery" });
  const ann = await bench.client(session);
  writeFileSync(join(bench.path, "operator.key"), bench.key, { mode: 0o600 });
  const entitle = (...words: string[]) => guildhall(bench, session, "person", "entitle", "ann", ...words);

  const out = "ann is entitled to vip until 2099-01-31T00:00:00.000Z\n";
  expect(await entitle("vip", "--until", "2099-01-31", "--why", "paid")).toMatchObject({ code: 0, out });
  expect((await ann.entitlements()).held).toEqual({ vip: Date.parse("2099-01-31") });
  expect((await entitle("gold", "--until", "never", "--why", "x")).err).toContain("verified, vip, super_member");
  expect((await entitle("vip", "--until", "soon", "--why", "x")).err).toContain("--until");
  expect((await entitle("vip", "--until", "never")).err).toContain("--why");
  expect((await entitle("vip", "--until", "never", "--why", "not paid")).out).toContain("no more");
});
