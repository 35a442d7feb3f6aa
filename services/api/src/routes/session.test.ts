import { claimId } from "@guildhall/owner";
import { afterEach, describe, expect, test, vi } from "vitest";
import { testApi } from "../testing.ts";

const ADA = { name: "ada", password: "correct horse" };

async function withAda(options: Parameters<typeof testApi>[0] = {}) {
  const api = await testApi(options);
  const { body } = await api.post("/v1/people", ADA);
  return { ...api, u: Number(body["u"]), refresh: String(body["refresh"]), dev: String(body["dev"]) };
}

afterEach(() => vi.restoreAllMocks());

describe("signing in", () => {
  test("with the right password opens a device of one's own", async () => {
    const { post, u, dev, verifier } = await withAda();

    const { status, body } = await post("/v1/session", ADA);

    expect(status).toBe(200);
    expect(body).toMatchObject({ u, name: "ada" });
    expect(body["dev"]).not.toBe(dev);
    expect(await verifier.verify(String(body["access"]))).toMatchObject({ sub: u, dev: body["dev"], exp: body["exp"] });
  });

  test("takes the same letters composed in another way as the same password", async () => {
    const { post } = await testApi();
    await post("/v1/people", { name: "ada", password: "caf\u00e9 12345" });

    expect((await post("/v1/session", { name: "ada", password: "cafe\u0301 12345" })).status).toBe(200);
  });

  test("a wrong password, an unknown name and a person without password are one answer", async () => {
    const { post, fake } = await withAda();
    fake.claims.set("user/robot", { by: 77, confirmed: true });
    fake.people.set(77, { name: "robot", secret: "" });

    const answers = [
      await post("/v1/session", { ...ADA, password: "wrong horse" }),
      await post("/v1/session", { ...ADA, name: "nobody" }),
      await post("/v1/session", { name: "robot", password: "" }),
      await post("/v1/session", { name: "robot", password: "anything" }),
    ];

    for (const { status, text, headers } of answers) {
      expect(status).toBe(401);
      expect(headers["www-authenticate"]).toBe("Bearer");
      expect(text).toBe(answers[0]?.text);
    }
    expect(answers[0]?.body["code"]).toBe("UNAUTHENTICATED");
  });

  test("asks the owners the same questions whether the name is known or not", async () => {
    const { post, fake } = await withAda();
    const questions = async (name: string) => {
      fake.asks.length = 0;
      await post("/v1/session", { name, password: "wrong horse" });
      return fake.asks.map(({ m }) => m);
    };

    expect(await questions("ada")).toEqual(["claim.get", "person.secret"]);
    expect(await questions("nobody")).toEqual(["claim.get", "person.secret"]);
  });

  test("a name whose person bears another name is unknown", async () => {
    const { post, fake, u } = await withAda();
    fake.claims.set("user/eve", { by: u, confirmed: false });

    expect((await post("/v1/session", { ...ADA, name: "eve" })).status).toBe(401);
  });

  test("is limited by name, from whatever address", async () => {
    const { post } = await withAda({
      config: { signInsPerName: { perMinute: 10, burst: 2 }, trustedProxies: ["127.0.0.1"] },
    });
    const from = (n: number) => ({ "x-forwarded-for": `192.0.2.${n}` });

    for (let n = 1; n <= 2; n++) expect((await post("/v1/session", ADA, from(n))).status).toBe(200);
    expect((await post("/v1/session", ADA, from(3))).status).toBe(429);
    expect((await post("/v1/session", { ...ADA, name: "bob" }, from(3))).status).toBe(401);
  });

  test("is limited by address, whatever the name", async () => {
    const { post } = await withAda({ config: { signIns: { perMinute: 30, burst: 2 } } });

    for (const name of ["bob", "eve"]) expect((await post("/v1/session", { ...ADA, name })).status).toBe(401);
    const { status, headers } = await post("/v1/session", ADA);

    expect(status).toBe(429);
    expect(headers["retry-after"]).toBe("2");
  });

  test("an owner that does not answer is not a wrong password", async () => {
    const { post, ports } = await withAda();
    await ports.bus[Symbol.asyncDispose]();

    expect((await post("/v1/session", ADA)).body["code"]).toBe("UNAVAILABLE");
  });
});

describe("refreshing", () => {
  test("gives a new pair that remembers when the password was given", async () => {
    const { post, refresh, u, dev, fake, verifier } = await withAda();

    const { status, body } = await post("/v1/session/refresh", { refresh });

    expect(status).toBe(200);
    expect(body).toMatchObject({ u, dev });
    expect(body["refresh"]).not.toBe(refresh);
    const { auth } = await verifier.verify(String(body["access"]));
    expect(auth).toBe(Math.floor((fake.devices.get(`${u}.${dev}`)?.password ?? 0) / 1_000) * 1_000);
    expect((await post("/v1/session/refresh", { refresh: body["refresh"] })).status).toBe(200);
  });

  test("a token used twice is refused, and ends the device", async () => {
    const { post, refresh, ports } = await withAda();
    const next = await post("/v1/session/refresh", { refresh });

    expect((await post("/v1/session/refresh", { refresh })).status).toBe(401);
    expect((await post("/v1/session/refresh", { refresh: next.body["refresh"] })).status).toBe(401);
    expect(await ports.registry.text()).toMatch(/^guildhall_api_refresh_refused_total 2$/m);
  });

  test("a lost answer of the owner is no second use", async () => {
    const { post, refresh, fake } = await withAda();
    fake.losesAnswerTo.add("device.renew");

    expect((await post("/v1/session/refresh", { refresh })).status).toBe(200);
  });

  test("a person without password never has one given", async () => {
    const { post, fake, verifier } = await testApi();
    const { body } = await post("/v1/people", ADA);
    const key = `${String(body["u"])}.${String(body["dev"])}`;
    const device = fake.devices.get(key);
    fake.devices.set(key, { ...device, password: 0 } as NonNullable<typeof device>);

    const renewed = await post("/v1/session/refresh", { refresh: body["refresh"] });

    expect((await verifier.verify(String(renewed.body["access"]))).auth).toBe(0);
  });

  test("what is not the token of this person and device is refused", async () => {
    const { post, refresh, u, dev, fake } = await withAda();
    const [, , secret = ""] = refresh.split(".");
    const before = fake.commands.length;
    const malformed = [
      "",
      "x",
      `${u}.${dev}`,
      `0${u}.${dev}.${secret}`,
      `${refresh}.`,
      `-${refresh}`,
      refresh.slice(0, -1),
    ];

    for (const token of malformed) expect((await post("/v1/session/refresh", { refresh: token })).status).toBe(401);
    expect((await post("/v1/session/refresh", { refresh, u: u + 1 })).status).toBe(401);
    expect((await post("/v1/session/refresh", { refresh, dev: "AAAAAAAAAAAAAAAAAAAAAA" })).status).toBe(401);
    expect(fake.commands).toHaveLength(before);

    const strangers = [
      `${claimId("user", "x")}.${dev}.${secret}`,
      `${u}.AAAAAAAAAAAAAAAAAAAAAA.${secret}`,
      `${u}.${dev}.${"A".repeat(43)}`,
    ];
    for (const token of strangers) expect((await post("/v1/session/refresh", { refresh: token })).status).toBe(401);
    expect((await post("/v1/session/refresh", { refresh, u, dev })).status).toBe(200);
  });

  test("an access token is no refresh token", async () => {
    const { post } = await testApi();
    const { body } = await post("/v1/people", ADA);

    expect((await post("/v1/session/refresh", { refresh: String(body["access"]).slice(0, 83) })).status).toBe(401);
  });

  test("is limited by address", async () => {
    const { post, refresh } = await withAda({ config: { refreshes: { perMinute: 60, burst: 1 } } });

    expect((await post("/v1/session/refresh", { refresh })).status).toBe(200);
    expect((await post("/v1/session/refresh", { refresh })).status).toBe(429);
  });
});
