import { BlockList, isIP, isIPv6 } from "node:net";
import { type Env, itemsOf } from "./env.ts";

/** Whether an address is that of a proxy whose word is taken. */
export type ProxyTrust = (address: string) => boolean;

/** Networks by the names that other servers know them by. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1"],
  linklocal: ["169.254.0.0/16", "fe80::/10"],
  uniquelocal: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/** A setting that lists proxies by address, network or name, with commas between; `none`, the default, is nobody. */
export function proxyList(env: Env, name: string): readonly string[] {
  const text = env.text(name, "none").trim();
  if (text === "none") return [];
  const entries = itemsOf(text);
  try {
    proxyTrust(entries);
  } catch (error) {
    env.mistake(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return entries;
}

/** @throws Error naming the first entry that is no address, network or name. */
export function proxyTrust(entries: readonly string[]): ProxyTrust {
  const trusted = new BlockList();
  for (const entry of entries) for (const network of NAMED[entry] ?? [entry]) add(trusted, network);
  return (address) => {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && trusted.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
  };
}

function add(trusted: BlockList, network: string): void {
  const [address = "", bits, more] = network.split("/");
  const longest = isIPv6(address) ? 128 : 32;
  const prefix = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (isIP(address) === 0 || more !== undefined || !(prefix <= longest)) {
    throw new Error(`${network} is no address or network`);
  }
  trusted.addSubnet(address, prefix, longest === 128 ? "ipv6" : "ipv4");
}

/**
 * Whose request it is: the other end's, or, as long as that is trusted, the one it says it speaks for, from the last
 * in `forwarded` (the text of X-Forwarded-For) backwards. What is no address ends the way.
 */
export function clientAddress(peer: string, forwarded: string | undefined, trusts: ProxyTrust): string {
  let address = peer;
  for (const hop of forwarded?.split(",").reverse() ?? []) {
    const before = hop.trim();
    if (!trusts(address) || isIP(before) === 0) break;
    address = before;
  }
  return address;
}

/** An address as one who is counted: of IPv6 the first 64 bits, because the rest is the sender's to choose. */
export function addressKey(address: string): string {
  const plain = plainAddress(address);
  return isIPv6(plain) ? networkOf(plain) : plain;
}

/** IPv4 that was written as IPv6 as itself. */
function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

function networkOf(address: string): string {
  const [plain = ""] = address.split("%", 1);
  const [head = "", tail] = plain.split("::", 2);
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...Array<string>(zeros).fill("0"), ...back];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

/**
 * The setting `<PREFIX>_HOST`, 127.0.0.1 by default. What is not encrypted may be read on the way, so another host than
 * a loopback one is a mistake unless `<PREFIX>_INSECURE` is on or `encrypted`.
 */
export function listenHost(env: Env, prefix: string, encrypted: boolean): string {
  const host = env.text(`${prefix}_HOST`, "127.0.0.1");
  const insecure = env.flag(`${prefix}_INSECURE`, false);
  if (!encrypted && !insecure && !isLoopback(host)) {
    env.mistake(
      `${prefix}_HOST=${host} is open to others without encryption; if that is wanted, set ${prefix}_INSECURE=1`,
    );
  }
  return host;
}

/** Where one process of several tells its health and its metrics. */
export type AdminAddress = { readonly host: string; readonly port: number };

/** The settings `ADMIN_HOST` and `ADMIN_PORT`. */
export function adminAddress(env: Env): AdminAddress {
  return { host: listenHost(env, "ADMIN", false), port: env.int("ADMIN_PORT", 7090, { min: 0, max: 65_535 }) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || proxyTrust(["loopback"])(host);
}
