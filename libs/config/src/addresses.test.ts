import { expect, test } from "vitest";
import { addressKey, clientAddress, listenHost, proxyList, proxyTrust } from "./addresses.ts";
import { Env } from "./env.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::1", "2001:db8:1:2"],
  ["2001:0DB8:0001:0002::1", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
])("%s is counted as %s", (address, key) => {
  expect(addressKey(address)).toBe(key);
});

test.each([
  ["192.0.2.1", undefined, "192.0.2.1"],
  ["192.0.2.1", "203.0.113.9", "192.0.2.1"],
  ["10.1.2.3", "203.0.113.9", "203.0.113.9"],
  ["::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"],
  ["2001:db8::1", "203.0.113.9", "203.0.113.9"],
  ["10.1.2.3", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
  ["10.1.2.3", "203.0.113.9 ,10.9.9.9", "203.0.113.9"],
  ["10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1"],
  ["10.1.2.3", "203.0.113.9, not an address", "10.1.2.3"],
  ["10.1.2.3", "", "10.1.2.3"],
  ["unknown", "203.0.113.9", "unknown"],
])("a request from %s for %s is that of %s", (peer, forwarded, client) => {
  const trusts = proxyTrust(["10.0.0.0/8", "2001:db8::1"]);

  expect(clientAddress(peer, forwarded, trusts)).toBe(client);
});

test("proxies are a list of addresses, networks and names; nobody by default", () => {
  const env = new Env({ PROXIES: "10.0.0.1, fc00::/7,,loopback " });

  const named = proxyTrust(proxyList(env, "PROXIES"));
  const nobody = proxyList(env, "OTHERS");

  expect(() => env.done()).not.toThrow();
  expect(["10.0.0.1", "fd00::5", "127.8.8.8", "::1"].map(named)).toEqual([true, true, true, true]);
  expect(["10.0.0.2", "2001:db8::1", "localhost"].map(named)).toEqual([false, false, false]);
  expect(nobody).toEqual([]);
});

test.each(["proxy.example", "10.0.0.0/33", "::1/129", "10.0.0.0/8/8", "10.0.0.0/x", "10.0.0.0/"])(
  "%s is no proxy",
  (entry) => {
    const env = new Env({ PROXIES: entry });

    proxyList(env, "PROXIES");

    expect(() => env.done()).toThrow(`PROXIES: ${entry} is no address or network`);
  },
);

test.each<[string, Readonly<Record<string, string>>, boolean]>([
  ["nothing set", {}, true],
  ["localhost", { X_HOST: "localhost" }, true],
  ["::1", { X_HOST: "::1" }, true],
  ["127.0.0.9", { X_HOST: "127.0.0.9" }, true],
  ["every address", { X_HOST: "0.0.0.0" }, false],
  ["every IPv6 address", { X_HOST: "::" }, false],
  ["a name", { X_HOST: "chat.example" }, false],
  ["every address, and told that it is known", { X_HOST: "0.0.0.0", X_INSECURE: "1" }, true],
])("unencrypted on %s", (_, settings, fine) => {
  const env = new Env(settings);

  listenHost(env, "X", false);

  if (fine) expect(() => env.done()).not.toThrow();
  else expect(() => env.done()).toThrow(/X_HOST=\S+ is open to others without encryption.*X_INSECURE=1/);
});

test("what is encrypted may listen everywhere", () => {
  const env = new Env({ X_HOST: "0.0.0.0" });

  expect(listenHost(env, "X", true)).toBe("0.0.0.0");
  expect(() => env.done()).not.toThrow();
});
