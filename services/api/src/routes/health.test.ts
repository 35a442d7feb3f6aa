import { afterEach, describe, expect, test, vi } from "vitest";
import { testApi } from "../testing.ts";

afterEach(() => vi.useRealTimers());

describe("/readyz", () => {
  test("tells whether the process can serve, and what that rests on", async () => {
    const ready = vi.fn(async () => ({ ok: true, checks: { journal: true } }));
    const { get } = await testApi({ ports: { ready } });

    expect(await get("/readyz")).toMatchObject({ status: 200, body: { ok: true, checks: { journal: true } } });
    ready.mockResolvedValue({ ok: false, checks: { journal: false } });
    expect(await get("/readyz")).toMatchObject({ status: 503, body: { ok: false, checks: { journal: false } } });
  });

  test("checks that fail or do not answer in 2 s are not ready", async () => {
    const failing = await testApi({ ports: { ready: async () => Promise.reject(new Error("boom at /srv/x")) } });
    const silent = await testApi({ ports: { ready: () => new Promise(() => {}) } });
    await silent.app.ready();

    const failed = await failing.get("/readyz");
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const late = silent.get("/readyz");
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    await vi.advanceTimersByTimeAsync(2_000);

    expect(failed.status).toBe(503);
    expect(failed.text).not.toContain("boom");
    expect((await late).status).toBe(503);
  });
});

test("/healthz looks at nothing", async () => {
  const ready = vi.fn();
  const { get, ports } = await testApi({ ports: { ready } });
  await ports.bus[Symbol.asyncDispose]();

  expect(await get("/healthz")).toMatchObject({ status: 200, body: { ok: true } });
  expect(ready).not.toHaveBeenCalled();
});

test("/metrics counts requests by pattern and status, and takes no label from a client", async () => {
  const { get } = await testApi();
  for (let i = 0; i < 50; i++) await get(`/v1/people/name_${i}`);
  for (let i = 0; i < 50; i++) await get(`/made/up/${i}`);

  const { text, headers } = await get("/metrics");

  expect(headers["content-type"]).toContain("text/plain");
  expect(text).toContain('guildhall_api_request_seconds_count{route="/v1/people/:name",status="401"} 50');
  expect(text).toContain('guildhall_api_request_seconds_count{route="none",status="404"} 50');
  expect(text).not.toMatch(/name_1|made/);
});

test("the keys of tokens are public, cacheable, and nothing else is", async () => {
  const { get, ports } = await testApi();

  const { body, headers } = await get("/.well-known/jwks.json");

  expect(body).toEqual(await ports.keys.jwks());
  expect(JSON.stringify(body)).not.toContain('"d"');
  expect(headers["cache-control"]).toBe("public, max-age=300");
  expect(headers["content-type"]).toContain("application/jwk-set+json");
  expect((await get("/healthz")).headers["cache-control"]).toBe("no-store");
});
