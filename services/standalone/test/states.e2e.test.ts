import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { signUp } from "@guildhall/client";
import { expect, test } from "vitest";
import { startBench } from "./bench.ts";
import { guildhall } from "./cli.ts";
import { statesContract } from "./states.contract.ts";

statesContract(startBench);

test("S49: guildhall group state, with the operator's key", async () => {
  const bench = await startBench();
  const session = await signUp(bench.server.http, { name: "ann", password: "correct horse battery" });
  const owner = await bench.client(session);
  const { number, g } = await owner.createGroup({ name: "Book club", category: "interest" });
  writeFileSync(join(bench.path, "operator.key"), bench.key, { mode: 0o600 });
  const put = (...words: string[]) => guildhall(bench, session, "group", "state", String(number), ...words);

  expect(await put("frozen", "--why", "complaints")).toMatchObject({ code: 0, out: `group ${number} is frozen\n` });
  expect(await owner.group(g).get()).toMatchObject({ state: "frozen" });
  expect((await put("dissolved", "--why", "x")).err).toContain("active, frozen, banned");
  expect((await put("active")).err).toContain("--why");

  await owner.group(g).life.appeal("It was none of us.");
  const appeal = (...words: string[]) => guildhall(bench, session, "group", "appeal", String(number), ...words);
  expect((await appeal()).out).toMatch(/^1 .* frozen {2}waits {2}It was none of us\.\n$/);
  expect((await appeal("grant", "1")).err).toContain("--why");
  expect((await appeal("grant", "x", "--why", "x")).err).toContain("which appeal");
  expect(await appeal("grant", "1", "--why", "right")).toMatchObject({ code: 0, out: `group ${number} is active\n` });
});
