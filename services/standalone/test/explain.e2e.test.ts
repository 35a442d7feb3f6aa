import { signUp } from "@guildhall/client";
import { expect, test } from "vitest";
import { startBench } from "./bench.ts";
import { guildhall } from "./cli.ts";
import { explainContract } from "./explain.contract.ts";

explainContract(startBench);

test("guildhall explain tells it of a permission and of a command", async () => {
  const bench = await startBench();
  const session = await signUp(bench.server.http, { name: "ann", password: "correct horse battery" });
  const owner = await bench.client(session);
  const { g } = await owner.createGroup({ name: "Book club", category: "interest", policy: "wechat" });
  const [person] = await bench.people(1);
  if (person === undefined) throw new Error("nobody");
  await (await bench.client(person)).group(g).join();
  const explain = (...words: string[]) => guildhall(bench, session, "explain", String(person.u), ...words);

  const kick = await explain("member.kick", String(g), "--on", String(session.u));
  expect(kick).toMatchObject({ code: 0, out: expect.stringContaining("may not member.kick") });
  expect(kick.out).toContain("(POLICY kick)");
  expect(kick.out).toMatch(/could change that: the owner$/m);
  const bit = await explain("MUTE_MEMBER", String(g));
  expect(bit.out).toMatch(/refused: needs MUTE_MEMBER; roles that grant it: Junior Admin, Content Moderator/);
  expect((await explain("member.fly", String(g))).err).toContain("no command of a group member.fly");
});
