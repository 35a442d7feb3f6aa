import { expect, test } from "vitest";
import { addressKey, clientAddress, proxyList, proxyTrust } from "./addresses.ts";
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
