import { expect, test } from "vitest";
import { startAdmin } from "./admin.ts";
import { metricsFor, Registry } from "./index.ts";

test("health, readiness and metrics of a process, and nothing else", async () => {
  const registry = new Registry();
  metricsFor("test", registry).counterFrom("things_total", "Things.", () => 7);
  let ok = false;
  await using admin = await startAdmin({
    host: "127.0.0.1",
    port: 0,
    registry,
    ready: () => ({ ok, checks: { bus: ok } }),
  });
  const get = (path: string, method = "GET") => fetch(`${admin.url}${path}`, { method });

  expect((await get("/healthz")).status).toBe(200);
  const waiting = await get("/readyz");
  expect([waiting.status, await waiting.json()]).toEqual([503, { ok: false, checks: { bus: false } }]);
  ok = true;
  expect((await get("/readyz")).status).toBe(200);
  expect(await (await get("/metrics")).text()).toContain("guildhall_test_things_total 7");
  expect((await get("/readyz", "HEAD")).status).toBe(200);
  expect((await get("/readyz", "POST")).status).toBe(405);
  expect((await get("/other")).status).toBe(404);
});

test("a taken port is an error", async () => {
  const registry = new Registry();
  const ready = () => ({ ok: true, checks: {} });
  await using first = await startAdmin({ host: "127.0.0.1", port: 0, registry, ready });
  const port = Number(new URL(first.url).port);

  await expect(startAdmin({ host: "127.0.0.1", port, registry, ready })).rejects.toThrow(/EADDRINUSE/);
});
