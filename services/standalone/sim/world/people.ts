import type { Bus } from "@guildhall/bus";
import { type Clock, makeNonce, toBase64Url } from "@guildhall/kernel";
import { type OwnerClient, ownerClient } from "@guildhall/owner";
import type { Command } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import type { AccessClaims } from "@guildhall/token";
import { PARTITIONS } from "./config.ts";
import type { World } from "./world.ts";

/** The group of every simulation, and who is in it: the owner, a member, and one who is kicked and comes back. */
export const GROUP = 7_000_001;
export const OWNER_U = 101;
export const MEMBER_U = 102;
export const GUEST_U = 103;
export const PEOPLE = [OWNER_U, MEMBER_U, GUEST_U] as const;
/** A second device of each person reads everything at the end. */
const DEVICES = 2;
/** Longer than any answer takes when nothing is wrong. */
const SETUP_MAX_MS = 5_000;
const DEADLINE_MS = 10_000;

export function deviceOf(u: number, device: number): Uint8Array {
  return new Uint8Array(16).fill(u + 100 * device);
}

export function tokenOf(u: number, device: number): string {
  return `${u}:${toBase64Url(deviceOf(u, device))}`;
}

/** Who a token of `tokenOf` speaks for. What tokens are signed with is not part of the simulation. */
export function verifyToken(clock: Clock): (token: string) => Promise<AccessClaims> {
  return async (token) => {
    const [u = "", dev = ""] = token.split(":");
    return { sub: Number(u), dev, auth: clock.nowMs(), exp: clock.nowMs() + LIMITS.accessTokenMs };
  };
}

export function commandFor(clock: Clock, g: number, u: number, m: string, a: unknown, n?: Uint8Array): Command {
  const nowMs = clock.nowMs();
  const nonce = n ?? makeNonce(nowMs);
  const at = `sim-${toBase64Url(crypto.getRandomValues(new Uint8Array(9)))}`;
  const base = { g, l: 0, u, dev: "", auth: nowMs, n: nonce, m, a, as: 0, pv: 0, why: "" };
  return { ...base, dl: Math.floor(clock.monotonicMs()) + DEADLINE_MS, at };
}

/** People with their devices, and the group with its members. */
export async function settle({ clock }: World, bus: Bus): Promise<void> {
  const owner = ownerClient(bus, { partitions: PARTITIONS, timeoutMs: SETUP_MAX_MS });
  const run = (g: number, u: number, m: string, a: unknown) => owner.command(commandFor(clock, g, u, m, a));
  for (const u of PEOPLE) {
    await run(u, u, "person.create", { name: `person${u}`, secret: "" });
    for (let device = 0; device < DEVICES; device++) await openDevice(owner, clock, u, device);
  }
  await run(GROUP, OWNER_U, "group.create", { name: "Simulated", category: "study", number: 100_000_001 });
  for (const u of [MEMBER_U, GUEST_U]) await run(GROUP, u, "member.join", {});
}

async function openDevice(owner: OwnerClient, clock: Clock, u: number, device: number): Promise<void> {
  const dev = toBase64Url(deviceOf(u, device));
  const args = { dev, app: "sim", refresh: `refresh-${u}-${device}`, password: true };
  await owner.command(commandFor(clock, u, u, "device.open", args));
}
