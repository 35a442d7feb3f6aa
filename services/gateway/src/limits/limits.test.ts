import { Env } from "@guildhall/config";
import { AppError } from "@guildhall/kernel";
import { fakeClock } from "@guildhall/testkit";
import { expect, test } from "vitest";
import { Limits, type Scope } from "./limits.ts";
import { limitSettings } from "./settings.ts";

function limitsWith(settings: Readonly<Record<string, string>> = {}) {
  const clock = fakeClock();
  const refused: Scope[] = [];
  const limits = new Limits(limitSettings(new Env(settings), "default"), clock, (scope) => refused.push(scope));
  const send = (u: number, g: number): unknown => {
    try {
      limits.send(u, g);
      return "taken";
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return [error.d, Math.ceil(error.retryAfterMs ?? 0)];
    }
  };
  return { limits, clock, refused, send };
}

test("a person may send 5 into a group at once, and then one a second", () => {
  const { send, clock, refused } = limitsWith();

  const first = Array.from({ length: 6 }, () => send(1, 10));
  clock.advance(999);
  const early = send(1, 10);
  clock.advance(1);
  const later = send(1, 10);

  expect(first.slice(0, 5)).toEqual(Array(5).fill("taken"));
  expect(first[5]).toEqual([{ scope: "group" }, 1_000]);
  expect(early).toEqual([{ scope: "group" }, 1]);
  expect(later).toBe("taken");
  expect(refused).toEqual(["user_group", "user_group"]);
});

test("a person may send 10 in all; another person is not touched by that", () => {
  const { send } = limitsWith();

  const sent = Array.from({ length: 11 }, (_, at) => send(1, at));

  expect(sent.filter((outcome) => outcome === "taken")).toHaveLength(10);
  expect(sent[10]).toEqual([{ scope: "user" }, 1_000]);
  expect(send(2, 3)).toBe("taken");
});

test("a group takes 500 a second from everybody", () => {
  const { send, refused } = limitsWith();

  const sent = Array.from({ length: 501 }, (_, u) => send(u, 10));

  expect(sent.filter((outcome) => outcome === "taken")).toHaveLength(500);
  expect(refused).toEqual(["group"]);
  expect(send(1, 11)).toBe("taken");
});

test("a send that one limit refuses takes nothing from the others", () => {
  const { send } = limitsWith();

  for (let sent = 0; sent < 100; sent++) send(1, 10);

  expect(Array.from({ length: 6 }, (_, at) => send(1, 20 + at))).toEqual([
    ...Array(5).fill("taken"),
    [{ scope: "user" }, 1_000],
  ]);
});

test("an address may shake hands 50 times at once, and then 20 times a second", () => {
  const { limits, clock } = limitsWith();

  const first = Array.from({ length: 51 }, () => limits.handshake("192.0.2.1", 0, 0));
  clock.advance(1_000);
  const second = Array.from({ length: 21 }, () => limits.handshake("192.0.2.1", 0, 0));

  expect(first.filter((awayMs) => awayMs === 0)).toHaveLength(50);
  expect(second.filter((awayMs) => awayMs === 0)).toHaveLength(20);
  expect(limits.handshake("192.0.2.2", 0, 0)).toBe(0);
});

test("a gateway takes 2,000 handshakes at once, from however many addresses, and then 500 a second", () => {
  const { limits, clock, refused } = limitsWith();
  const from = (addresses: number, each: number) =>
    Array.from({ length: addresses * each }, (_, at) => limits.handshake(`192.0.2.${at % addresses}`, 0, 0));

  const first = from(100, 21);
  clock.advance(1_000);
  const second = from(100, 6);

  expect(first.filter((awayMs) => awayMs === 0)).toHaveLength(2_000);
  expect(second.filter((awayMs) => awayMs === 0)).toHaveLength(500);
  expect(refused).toEqual(Array(200).fill("node"));
});

test("a flood from one address leaves the others their handshakes", () => {
  const { limits } = limitsWith();

  for (let tried = 0; tried < 5_000; tried++) limits.handshake("192.0.2.1", 0, 0);
  const others = Array.from({ length: 450 }, (_, at) => limits.handshake(`198.51.100.${at % 100}`, 0, 0));

  expect(others.every((awayMs) => awayMs === 0)).toBe(true);
});

test("connections that say nothing are bounded for an address and in all", () => {
  const { limits, refused } = limitsWith();

  expect(limits.handshake("a", 49, 1_999)).toBe(0);
  expect(limits.handshake("a", 50, 60)).toBeGreaterThan(0);
  expect(limits.handshake("b", 0, 2_000)).toBeGreaterThan(0);
  expect(refused).toEqual(["silent", "silent"]);
});

test("every limit is a setting, and 0 switches it off", () => {
  const { limits, send } = limitsWith({
    GATEWAY_SENDS_PER_10_S: "0",
    GATEWAY_SENDS_IN_GROUP_PER_5_S: "0",
    GATEWAY_GROUP_SENDS_PER_S: "0",
    GATEWAY_HANDSHAKES_PER_S: "0",
    GATEWAY_NODE_HANDSHAKES_PER_S: "0",
    GATEWAY_SILENT_PER_ADDRESS: "0",
    GATEWAY_SILENT_MAX: "0",
    GATEWAY_CONNECTIONS_PER_PERSON: "0",
  });

  expect(Array.from({ length: 2_000 }, () => send(1, 10)).every((outcome) => outcome === "taken")).toBe(true);
  expect(Array.from({ length: 100 }, () => limits.handshake("a", 5_000, 5_000)).every((ms) => ms === 0)).toBe(true);
  expect(limits.connection(1_000)).toBe(true);
});
