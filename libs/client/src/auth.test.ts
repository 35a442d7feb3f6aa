import { expect, test, vi } from "vitest";
import {
  addPeople,
  changePassword,
  endDevice,
  endOtherDevices,
  listDevices,
  type Session,
  signIn,
  signOut,
  signUp,
} from "./auth.ts";
import { refreshingTokens } from "./tokens.ts";

const api = "http://api.test";
const session: Session = { u: 1, name: "ann", access: "a1", refresh: "r1", dev: "d".repeat(22), exp: 0 };

function answering(status: number, body: unknown) {
  return vi.fn<typeof fetch>(async () => new Response(JSON.stringify(body), { status }));
}

test("signing up posts the credentials and gives the session", async () => {
  const fetch = answering(201, session);

  expect(await signUp(api, { name: "ann", password: "long enough" }, { fetch })).toEqual(session);
  const [url, init] = fetch.mock.calls[0] ?? [];
  expect(url).toEqual(new URL("http://api.test/v1/people"));
  expect(init).toMatchObject({ method: "POST", body: '{"name":"ann","password":"long enough"}' });
});

test("a problem becomes an error with its code; one without a code is read by its status", async () => {
  const taken = answering(409, { code: "CONFLICT", c: 401, detail: "the name is taken" });
  const bare = answering(401, {});

  await expect(signUp(api, { name: "ann", password: "x" }, { fetch: taken })).rejects.toMatchObject({
    code: "CONFLICT",
    message: "the name is taken",
  });
  await expect(signIn(api, { name: "ann", password: "x" }, { fetch: bare })).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
  });
});

test("a server that is not there, or does not speak JSON, is UNAVAILABLE", async () => {
  const gone = vi.fn<typeof fetch>(async () => {
    throw new TypeError("fetch failed");
  });
  const html = vi.fn<typeof fetch>(async () => new Response("<html>"));

  for (const fetch of [gone, html]) {
    await expect(signIn(api, { name: "ann", password: "x" }, { fetch })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      retry: true,
    });
  }
});

test("people are added with the operator key", async () => {
  const fetch = answering(200, { people: [session] });

  expect(await addPeople(api, "key", ["ann"], { fetch })).toEqual([session]);
  expect(fetch.mock.calls[0]?.[1]).toMatchObject({ headers: { authorization: "Bearer key" } });
});

test("a token is used until a minute before its end, then exchanged once for all who ask", async () => {
  const fetch = answering(200, { ...session, access: "a2", refresh: "r2", exp: Date.now() + 600_000 });
  const onRefresh = vi.fn();
  const fresh = refreshingTokens({ api, refresh: "r1", access: "a1", exp: Date.now() + 120_000, fetch });
  const stale = refreshingTokens({ api, refresh: "r1", access: "a1", exp: Date.now() + 30_000, fetch, onRefresh });

  const kept = await fresh.access();
  const before = fetch.mock.calls.length;
  const renewed = await Promise.all([stale.access(), stale.access()]);

  expect([kept, before]).toEqual(["a1", 0]);
  expect(renewed).toEqual(["a2", "a2"]);
  expect(fetch).toHaveBeenCalledOnce();
  expect(onRefresh).toHaveBeenCalledWith(expect.objectContaining({ refresh: "r2" }));
});

test("devices are listed and ended, and a password changed, with the access token", async () => {
  const devices = [{ dev: "d".repeat(22), app: "", at: 1, seen: 2, here: true }];
  const fetch = answering(200, { ...session, devices });
  fetch.mockImplementation(async () => new Response(JSON.stringify({ ...session, devices })));

  expect(await listDevices(api, "a1", { fetch })).toEqual(devices);
  await endDevice(api, "a1", "d".repeat(22), { fetch });
  await endOtherDevices(api, "a1", { fetch });
  await signOut(api, "a1", { fetch });
  expect(await changePassword(api, "a1", { old: "o", new: "n" }, { fetch })).toMatchObject(session);

  const sent = fetch.mock.calls.map(([url, init]) => [init?.method, url instanceof URL && url.pathname, init?.body]);
  expect(sent).toEqual([
    ["GET", "/v1/devices", undefined],
    ["DELETE", `/v1/devices/${"d".repeat(22)}`, undefined],
    ["DELETE", "/v1/devices", undefined],
    ["POST", "/v1/session/end", "{}"],
    ["POST", "/v1/password", '{"old":"o","new":"n"}'],
  ]);
  for (const [, init] of fetch.mock.calls) expect(init).toMatchObject({ headers: { authorization: "Bearer a1" } });
});

test("tokens replaced by a newer pair go on from there", async () => {
  const fetch = answering(200, { ...session, access: "a3", refresh: "r3", exp: Date.now() + 600_000 });
  const tokens = refreshingTokens({ api, refresh: "r1", access: "a1", exp: Date.now() + 600_000, fetch });

  tokens.replace({ ...session, access: "a2", refresh: "r2", exp: Date.now() + 600_000 });

  expect(await tokens.access()).toBe("a2");
  await tokens.renew();
  expect(fetch.mock.calls[0]?.[1]?.body).toBe('{"refresh":"r2"}');
});
