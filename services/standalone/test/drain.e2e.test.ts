import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import { record, startBench } from "./bench.ts";

test("a stop says not ready first and goes on serving; over the restart nothing is lost or doubled", {
  timeout: 60_000,
}, async () => {
  const bench = await startBench({ GATEWAY_DRAIN_MS: "1500" });
  const [person] = await bench.people(1);
  if (person === undefined) throw new Error("nobody");
  const client = await bench.client(person, { backoff: { startMs: 50, maxMs: 200 } });
  const { g } = await client.createGroup({ name: "Drained", category: "interest" });
  const seen = record(client, g);
  await client.group(g).subscribe();
  const readiness = `${bench.server.http}/readyz`;

  const restarted = bench.restart();
  const status = (await fetch(readiness)).status;
  const during = await client.group(g).send("during");
  const stillDraining = (await fetch(readiness)).status;
  await restarted;
  const after = await client.group(g).send("after");

  await until(() => seen.at(-1)?.seq === after.s);
  expect([status, stillDraining]).toEqual([503, 503]);
  expect(after.s).toBe(during.s + 1);
  expect(seen.filter(({ kind }) => kind === "text").map(({ body }) => body)).toEqual([{ t: "during" }, { t: "after" }]);
  expect(client.violations).toBe(0);
});
