import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import { record, startBench } from "./bench.ts";

const DEFAULT = { GUILDHALL_PROFILE: "default" };

test("against the default limits a person who writes too fast is slowed down, and loses nothing", {
  timeout: 30_000,
}, async () => {
  const bench = await startBench(DEFAULT);
  const [alice, bob] = await Promise.all((await bench.people(2)).map((person) => bench.client(person)));
  if (alice === undefined || bob === undefined) throw new Error("nobody");
  const { g } = await alice.createGroup({ name: "Fast", category: "interest" });
  await bob.group(g).join();
  const seen = record(bob, g);
  await bob.group(g).subscribe();
  const texts = Array.from({ length: 8 }, (_, at) => `line ${at}`);
  const startedMs = performance.now();

  await Promise.all(texts.map((text) => alice.group(g).send(text)));

  const said = () => seen.filter(({ kind }) => kind === "text").map(({ body }) => body);
  await until(() => said().length === texts.length);
  expect(said()).toEqual(texts.map((t) => ({ t })));
  expect(performance.now() - startedMs).toBeGreaterThan(2_500);
  const metrics = await (await fetch(`${bench.server.http}/metrics`)).text();
  expect(metrics).toMatch(/guildhall_gateway_rate_limited_total\{scope="user_group"\} [1-9]/);
});

test("the client library keeps to the rate of frames by itself", { timeout: 30_000 }, async () => {
  const bench = await startBench(DEFAULT);
  const [person] = await bench.people(1);
  if (person === undefined) throw new Error("nobody");
  const client = await bench.client(person);

  const answers = await Promise.all(Array.from({ length: 70 }, () => client.people([person.u])));

  expect(answers.every((people) => people.length === 1)).toBe(true);
  expect(client.stats.reconnects).toBe(0);
  const metrics = await (await fetch(`${bench.server.http}/metrics`)).text();
  expect(metrics).not.toMatch(/guildhall_gateway_rate_limited_total\{scope="conn"\}/);
});
