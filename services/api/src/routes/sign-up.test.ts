import { AppError } from "@guildhall/kernel";
import { claimId } from "@guildhall/owner";
import { expect, test, vi } from "vitest";
import { testApi } from "../testing.ts";

const ADA = { name: "ada", password: "correct horse" };

test("makes a person with a name, a hashed password and a device, and signs in", async () => {
  const { fake, post, verifier } = await testApi();

  const { status, body } = await post("/v1/people", { ...ADA, app: "web 1" });

  expect(status).toBe(201);
  const u = Number(body["u"]);
  expect(Object.keys(body).sort()).toEqual(["access", "dev", "exp", "name", "refresh", "u"]);
  expect(fake.claims.get("user/ada")).toEqual({ by: u, confirmed: true });
  expect(fake.people.get(u)?.secret).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(fake.devices.get(`${u}.${String(body["dev"])}`)?.app).toBe("web 1");
  const claims = await verifier.verify(String(body["access"]));
  expect(claims).toMatchObject({ sub: u, dev: body["dev"], exp: body["exp"] });
  expect(Date.now() - claims.auth).toBeLessThan(10_000);
});

test("the refresh token is kept as a hash only", async () => {
  const { fake, post } = await testApi();

  const { body } = await post("/v1/people", ADA);

  const secret = String(body["refresh"]).split(".")[2] ?? "";
  expect(secret).toHaveLength(43);
  const kept = JSON.stringify([...fake.devices.values()]) + JSON.stringify(fake.commands.map(({ a }) => a));
  expect(kept).not.toContain(secret);
  expect(kept).not.toContain(ADA.password);
});

test("commands are in the name of the system or of the person, each with a nonce and an attempt, and no deadline", async () => {
  const { fake, post } = await testApi();

  const { body } = await post("/v1/people", ADA);

  const u = Number(body["u"]);
  expect(fake.commands.map(({ m, g, u: actor }) => [m, g, actor])).toEqual([
    ["claim.take", claimId("user", "ada"), 0],
    ["person.create", u, 0],
    ["claim.confirm", claimId("user", "ada"), 0],
    ["device.open", u, u],
  ]);
  expect(new Set(fake.commands.map(({ at }) => at)).size).toBe(4);
  expect(fake.commands.map(({ dl }) => dl)).toEqual([0, 0, 0, 0]);
});

test("a device named by the client is taken, and must be 16 bytes", async () => {
  const { post } = await testApi();
  const dev = "AAAAAAAAAAAAAAAAAAAAAA";

  expect((await post("/v1/people", { ...ADA, dev })).body["dev"]).toBe(dev);
  expect(
    (await post("/v1/people", { name: "bob", password: ADA.password, dev: `${dev.slice(1)}B` })).body,
  ).toMatchObject({
    code: "BAD_ARGS",
    d: { path: "/dev" },
  });
});

test("a taken name is 409 CONFLICT and does not say whose it is", async () => {
  const { fake, post } = await testApi();
  await post("/v1/people", ADA);

  const { status, body } = await post("/v1/people", { ...ADA, password: "another one" });

  expect(status).toBe(409);
  expect(body).toEqual({
    type: "about:blank",
    title: "Conflict",
    status: 409,
    code: "CONFLICT",
    c: 401,
    detail: expect.any(String),
  });
  expect(fake.people.size).toBe(1);
});

test("an answer lost on the way is asked for again with the same nonce, and the person is made once", async () => {
  const { fake, post } = await testApi();
  for (const m of ["claim.take", "person.create", "device.open"]) fake.losesAnswerTo.add(m);

  const { status } = await post("/v1/people", ADA);

  expect(status).toBe(201);
  expect(fake.people.size).toBe(1);
  const [first, second] = fake.commands.filter(({ m }) => m === "claim.take");
  expect(second?.n).toEqual(first?.n);
  expect(second?.at).not.toBe(first?.at);
});

test("after three more attempts it is 503 with Retry-After", async () => {
  const { fake, post } = await testApi();
  fake.before = ({ m }) => {
    if (m === "claim.take") throw new AppError("UNAVAILABLE");
  };

  const { status, headers, body } = await post("/v1/people", ADA);

  expect(status).toBe(503);
  expect(body["code"]).toBe("UNAVAILABLE");
  expect(Number(headers["retry-after"])).toBeGreaterThanOrEqual(1);
  expect(fake.commands).toHaveLength(4);
});

test("a confirmation that is refused does not undo the sign-up", async () => {
  const { fake, lines, post } = await testApi();
  fake.before = ({ m }) => {
    if (m === "claim.confirm") throw new AppError("NOT_FOUND");
  };

  expect((await post("/v1/people", ADA)).status).toBe(201);
  expect(lines.join()).toContain("claim_confirm_failed");
});

test("a name that lapsed and was taken while the person was made is 409, and nobody is signed in", async () => {
  const { fake, post } = await testApi();
  fake.before = ({ m }) => {
    if (m === "claim.confirm") throw new AppError("CONFLICT");
  };

  expect((await post("/v1/people", ADA)).body["code"]).toBe("CONFLICT");
  expect(fake.devices.size).toBe(0);
});

test.each<[string, unknown, string]>([
  ["a short name", { ...ADA, name: "ab" }, "/name"],
  ["a long name", { ...ADA, name: "a".repeat(33) }, "/name"],
  ["upper case", { ...ADA, name: "Ada" }, "/name"],
  ["a look-alike letter", { ...ADA, name: "аda" }, "/name"],
  ["a line end after the name", { ...ADA, name: "ada\n" }, "/name"],
  ["a subject's dots", { ...ADA, name: "ada.>" }, "/name"],
  ["a name that is a list", { ...ADA, name: ["ada"] }, "/name"],
  ["a name that is an object", { ...ADA, name: { $ne: "" } }, "/name"],
  ["no name", { password: ADA.password }, "/name"],
  ["no password", { name: "ada" }, "/password"],
  ["7 bytes of password", { ...ADA, password: "1234567" }, "/password"],
  ["257 bytes of password", { ...ADA, password: "x".repeat(257) }, "/password"],
  ["65 characters of 4 bytes", { ...ADA, password: "😀".repeat(65) }, "/password"],
  ["half a character in the password", { ...ADA, password: "12345678\ud800" }, "/password"],
  ["a password that is a number", { ...ADA, password: 12345678 }, "/password"],
  ["65 characters of app", { ...ADA, app: "x".repeat(65) }, "/app"],
  ["control characters in app", { ...ADA, app: "web\n" }, "/app"],
  ["a field that is not for clients", { ...ADA, role: "owner" }, ""],
  ["a field every object has", { ...ADA, constructor: 1 }, ""],
  ["a list", [], ""],
])("refuses %s", async (_, body, path) => {
  const { fake, post } = await testApi();

  const { status, body: answer } = await post("/v1/people", body);

  expect(status).toBe(400);
  expect(answer["code"]).toBe("BAD_ARGS");
  expect(JSON.stringify(answer["d"])).toContain(path);
  expect(fake.commands).toEqual([]);
});

test.each([8, 256])("%i bytes of password are enough and not too many", async (length) => {
  const { post } = await testApi();

  expect((await post("/v1/people", { name: "ada", password: "é".repeat(length / 2) })).status).toBe(201);
});

test("names are counted by address, and the answer says when to come back", async () => {
  const { post } = await testApi({ config: { signUps: { perMinute: 10, burst: 2 } } });
  await post("/v1/people", ADA);
  await post("/v1/people", ADA);

  const { status, headers, body } = await post("/v1/people", { ...ADA, name: "bob" });

  expect(status).toBe(429);
  expect(body["code"]).toBe("RATE_LIMITED");
  expect(Number(headers["retry-after"])).toBeGreaterThanOrEqual(5);
  expect(Number(headers["retry-after"])).toBeLessThanOrEqual(6);
});

test("whom the address belongs to is believed of trusted proxies only", async () => {
  const one = { config: { signUps: { perMinute: 1, burst: 1 } } };
  const [plain, behind] = [
    await testApi(one),
    await testApi({ config: { ...one.config, trustedProxies: ["127.0.0.1"] } }),
  ];
  const from = (address: string) => ({ "x-forwarded-for": address });

  for (const [api, second] of [
    [plain, 429],
    [behind, 201],
  ] as const) {
    expect((await api.post("/v1/people", ADA, from("192.0.2.1"))).status).toBe(201);
    expect((await api.post("/v1/people", { ...ADA, name: "bob" }, from("192.0.2.2"))).status).toBe(second);
  }
});

test("neither passwords nor tokens are in the log or in the metrics", async () => {
  const { fake, lines, ports, post } = await testApi();
  const { body } = await post("/v1/people", ADA);
  fake.before = () => {
    throw new AppError("INTERNAL", "planted");
  };
  await post("/v1/people", { name: "bob", password: ADA.password });
  await post("/v1/session/refresh", { refresh: body["refresh"] });

  await vi.waitFor(() => expect(lines.join()).toContain("request_failed"));

  const written = lines.join() + (await ports.registry.text());
  for (const secret of [ADA.password, "bob", "ada", String(body["refresh"]), String(body["access"])]) {
    expect(written).not.toContain(secret);
  }
});
