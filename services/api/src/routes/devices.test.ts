import { AppError } from "@guildhall/kernel";
import { expect, test } from "vitest";
import { testApi, testConfig } from "../testing.ts";

const PASSWORD = "correct horse";

/** Somebody signed in twice. */
async function signedInTwice(options: Parameters<typeof testApi>[0] = {}) {
  const api = await testApi(options);
  const { body: first } = await api.post("/v1/people", { name: "ann", password: PASSWORD, app: "phone" });
  const { body: second } = await api.post("/v1/session", { name: "ann", password: PASSWORD, app: "desk" });
  const by = (session: Record<string, unknown>) => ({ authorization: `Bearer ${String(session["access"])}` });
  return { ...api, first, second, by };
}

test("lists where one is signed in, and which of them asks", async () => {
  const { get, first, second, by } = await signedInTwice();

  const { status, body } = await get("/v1/devices", by(first));

  const times = { at: expect.any(Number), seen: expect.any(Number) };
  expect(status).toBe(200);
  expect(body["devices"]).toEqual([
    { dev: first["dev"], app: "phone", ...times, here: true },
    { dev: second["dev"], app: "desk", ...times, here: false },
  ]);
});

test("an ended device neither refreshes nor asks, the others go on", async () => {
  const { get, post, remove, first, second, by } = await signedInTwice();

  const { status, body } = await remove(`/v1/devices/${String(second["dev"])}`, by(first));

  expect([status, body]).toEqual([200, {}]);
  expect(await get("/v1/devices", by(second))).toMatchObject({ status: 401, body: { code: "UNAUTHENTICATED" } });
  expect(await post("/v1/session/refresh", { refresh: second["refresh"] })).toMatchObject({ status: 401 });
  expect(await post("/v1/session/refresh", { refresh: first["refresh"] })).toMatchObject({ status: 200 });
});

test("all others at once, again when one signed in meanwhile, and then oneself", async () => {
  const { fake, get, post, remove, first, by } = await signedInTwice();
  let refusals = 1;
  fake.before = ({ m }) => {
    if (m === "device.end" && refusals-- > 0) throw new AppError("STALE_VERSION");
  };

  expect(await remove("/v1/devices", by(first))).toMatchObject({ status: 200, body: {} });
  expect((await get("/v1/devices", by(first))).body["devices"]).toHaveLength(1);
  expect(await post("/v1/session/end", {}, by(first))).toMatchObject({ status: 200, body: {} });
  expect((await get("/v1/devices", by(first))).status).toBe(401);
});

test("a device that was never one's own is 404, one that is none 400", async () => {
  const { remove, first, by } = await signedInTwice();

  expect(await remove(`/v1/devices/${"A".repeat(22)}`, by(first))).toMatchObject({ status: 404 });
  expect(await remove("/v1/devices/desk", by(first))).toMatchObject({ status: 400, body: { code: "BAD_ARGS" } });
});

test.each(["", "Bearer x", "Basic eDp5", "Bearer a.b.c"])(
  "without a good access token (%j) it is 401",
  async (header) => {
    const { get, post, remove } = await signedInTwice();
    const headers = { authorization: header };

    const answers = await Promise.all([
      get("/v1/devices", headers),
      remove("/v1/devices", headers),
      remove(`/v1/devices/${"A".repeat(22)}`, headers),
      post("/v1/session/end", {}, headers),
      post("/v1/password", { old: PASSWORD, new: "battery staple" }, headers),
    ]);

    expect(answers.map(({ status, body }) => [status, body["code"]])).toEqual(
      answers.map(() => [401, "UNAUTHENTICATED"]),
    );
  },
);

test("a new password gives this device fresh tokens and ends the other", async () => {
  const { post, verifier, first, second, by } = await signedInTwice();

  const { status, body } = await post("/v1/password", { old: PASSWORD, new: "battery staple" }, by(first));

  expect(status).toBe(200);
  expect(body).toMatchObject({ u: first["u"], name: "ann", dev: first["dev"] });
  expect(await verifier.verify(String(body["access"]))).toMatchObject({ sub: first["u"], dev: first["dev"] });
  expect(await post("/v1/session/refresh", { refresh: body["refresh"] })).toMatchObject({ status: 200 });
  expect(await post("/v1/session/refresh", { refresh: second["refresh"] })).toMatchObject({ status: 401 });
  expect(await post("/v1/session", { name: "ann", password: PASSWORD })).toMatchObject({ status: 401 });
  expect(await post("/v1/session", { name: "ann", password: "battery staple" })).toMatchObject({ status: 200 });
});

test("a wrong old password is 403 and changes nothing; a weak new one is 400", async () => {
  const { post, fake, first, by } = await signedInTwice();
  const before = fake.commands.length;

  const wrong = await post("/v1/password", { old: "wrong", new: "battery staple" }, by(first));
  const weak = await post("/v1/password", { old: PASSWORD, new: "short" }, by(first));

  expect(wrong).toMatchObject({ status: 403, body: { code: "FORBIDDEN", d: { path: "/old" } } });
  expect(weak).toMatchObject({ status: 400, body: { code: "BAD_ARGS" } });
  expect(fake.commands).toHaveLength(before);
});

test("attempts at the old password count as sign-ins of that name", async () => {
  const config = { ...testConfig, signInsPerName: { perMinute: 1, burst: 2 } };
  const { post, first, by } = await signedInTwice({ config });
  const attempt = () => post("/v1/password", { old: "wrong", new: "battery staple" }, by(first));

  // One was taken by the second sign-in.
  expect((await attempt()).status).toBe(403);
  expect(await attempt()).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
});

test.each(["deviceCalls", "deviceCallsPerPerson"] as const)(
  "%s bounds the listing and ending of sign-ins",
  async (limit) => {
    const config = { ...testConfig, [limit]: { perMinute: 1, burst: 2 } };
    const { get, remove, ports, first, by } = await signedInTwice({ config });

    const statuses = [(await get("/v1/devices", by(first))).status, (await remove("/v1/devices", by(first))).status];
    const over = await get("/v1/devices", by(first));

    expect(statuses).toEqual([200, 200]);
    expect(over).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" }, headers: { "retry-after": "60" } });
    expect(await ports.registry.text()).toContain(`guildhall_api_rate_limited_total{limit="${limit}"} 1`);
  },
);
