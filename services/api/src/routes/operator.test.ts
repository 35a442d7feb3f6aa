import { AppError } from "@guildhall/kernel";
import { claimId } from "@guildhall/owner";
import { describe, expect, test } from "vitest";
import { OPERATOR_KEY, operatorHeaders, testApi } from "../testing.ts";

const GROUP = {
  g: 900,
  number: 10_001,
  name: "Chess",
  category: "interest",
  tags: ["slow"],
  intro: "",
  owner: 5,
  state: "active",
  members: 3,
  at: 1,
  muteAll: false,
  slowMs: 0,
  membersMax: 0,
  policy: "group_account",
  attribution: "admins",
  official: false,
  avatar: 0,
  locked: false,
  dissolveAt: 0,
} as const;

describe("the operator's key", () => {
  test("is given for the one-time code", async () => {
    const { post } = await testApi();

    expect((await post("/v1/operator", { code: "WRONG" })).body).toMatchObject({
      status: 401,
      code: "UNAUTHENTICATED",
    });
    expect(await post("/v1/operator", { code: "CODE" })).toMatchObject({ status: 200, body: { key: OPERATOR_KEY } });
  });

  test("is never written to the log", async () => {
    const { post, lines } = await testApi();

    await post("/v1/operator", { code: "WRONG" });
    await post("/v1/operator", { code: "CODE" });

    expect(lines.join()).toContain("operator_key_issued");
    expect(lines.join()).not.toMatch(/WRONG|CODE|kkkk/);
  });

  test.each<[string, Record<string, string>]>([
    ["no header", {}],
    ["another key", { authorization: `Bearer ${"x".repeat(43)}` }],
    ["an empty key", { authorization: "Bearer " }],
    ["the key by another scheme", { authorization: `Basic ${OPERATOR_KEY}` }],
    ["the key without a scheme", { authorization: OPERATOR_KEY }],
    ["something behind the key", { authorization: `Bearer ${OPERATOR_KEY} x` }],
  ])("%s opens none of the operator's routes", async (_, headers) => {
    const { post, get, fake } = await testApi();

    expect((await post("/v1/people/batch", { names: ["ada"] }, headers)).status).toBe(401);
    expect((await get("/v1/people/ada", headers)).status).toBe(401);
    expect((await get("/v1/groups/10001", headers)).status).toBe(401);
    expect(fake.commands).toEqual([]);
  });

  test("a person's access token does not open them either", async () => {
    const { post, get } = await testApi();
    const { body } = await post("/v1/people", { name: "ada", password: "correct horse" });

    expect((await get("/v1/people/ada", { authorization: `Bearer ${String(body["access"])}` })).status).toBe(401);
  });

  test("what follows is refused before the body is looked at", async () => {
    const { post } = await testApi();

    expect((await post("/v1/people/batch", "{", { "content-type": "application/json" })).status).toBe(401);
  });
});

describe("a batch of people", () => {
  test("has no passwords, is signed in, and keeps the order asked", async () => {
    const { post, fake, verifier } = await testApi();
    const names = Array.from({ length: 100 }, (_, i) => `silent_${i}`);

    const { status, body } = await post("/v1/people/batch", { names, app: "replay" }, operatorHeaders);

    expect(status).toBe(200);
    const people = body["people"] as Record<string, unknown>[];
    expect(people.map(({ name }) => name)).toEqual(names);
    expect(new Set(people.map(({ u }) => u)).size).toBe(100);
    expect([...fake.people.values()].every(({ secret }) => secret === "")).toBe(true);
    expect(await verifier.verify(String(people[0]?.["access"]))).toMatchObject({ sub: people[0]?.["u"], auth: 0 });
    expect((await post("/v1/session/refresh", { refresh: people[99]?.["refresh"] })).status).toBe(200);
  });

  test("refuses row by row", async () => {
    const { post, fake, lines } = await testApi();
    await post("/v1/people", { name: "ada", password: "correct horse" });
    fake.before = ({ m, a }) => {
      if (m === "person.create" && (a as { name: string }).name === "eve") throw new AppError("INTERNAL");
    };

    const { body } = await post("/v1/people/batch", { names: ["ada", "bob", "bob", "eve"] }, operatorHeaders);

    const rows = body["people"] as Record<string, unknown>[];
    expect(rows[0]).toEqual({ name: "ada", code: "CONFLICT" });
    expect(rows[3]).toEqual({ name: "eve", code: "INTERNAL" });
    const bobs = rows.slice(1, 3);
    expect(bobs.filter((row) => "access" in row)).toHaveLength(1);
    expect(bobs.filter((row) => row["code"] === "CONFLICT")).toHaveLength(1);
    expect(lines.join()).toContain("batch_row_failed");
  });

  test.each<[string, unknown]>([
    ["no names", { names: [] }],
    ["101 names", { names: Array.from({ length: 101 }, (_, i) => `name_${i}`) }],
    ["a bad name among good ones", { names: ["ada", "Bob"] }],
    ["an unknown field", { names: ["ada"], secret: "x" }],
  ])("refuses %s as a whole", async (_, body) => {
    const { post, fake } = await testApi();

    expect((await post("/v1/people/batch", body, operatorHeaders)).body["code"]).toBe("BAD_ARGS");
    expect(fake.commands).toEqual([]);
  });
});

describe("looking up", () => {
  test("a person by name", async () => {
    const { post, get, fake } = await testApi();
    const { body } = await post("/v1/people", { name: "ada", password: "correct horse" });
    fake.claims.set("user/half", { by: 4, confirmed: false });

    expect((await get("/v1/people/ada", operatorHeaders)).body).toEqual({ u: body["u"], name: "ada" });
    expect((await get("/v1/people/bob", operatorHeaders)).body["code"]).toBe("NOT_FOUND");
    expect((await get("/v1/people/half", operatorHeaders)).body["code"]).toBe("NOT_FOUND");
    expect((await get("/v1/people/A%00", operatorHeaders)).body).toMatchObject({
      code: "BAD_ARGS",
      d: { path: "/name" },
    });
  });

  test("a group by number", async () => {
    const { get, fake } = await testApi();
    fake.claims.set("group/10001", { by: GROUP.g, confirmed: true });
    fake.groups.set(GROUP.g, GROUP);

    expect((await get("/v1/groups/10001", operatorHeaders)).body).toEqual(GROUP);
    expect(fake.asks.map(({ g, m }) => [g, m])).toEqual([
      [claimId("group", "10001"), "claim.get"],
      [900, "group.get"],
    ]);
    expect((await get("/v1/groups/10002", operatorHeaders)).body["code"]).toBe("NOT_FOUND");
    for (const bad of ["0", "01", "-1", "1e3", "99999999999", "x"]) {
      expect((await get(`/v1/groups/${bad}`, operatorHeaders)).body["code"]).toBe("BAD_ARGS");
    }
  });
});
