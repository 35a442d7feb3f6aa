import type { OpenDeviceArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { type MemoryEntity, memoryEntity } from "@guildhall/testkit/memory-entity";
import { beforeEach, describe, expect, test } from "vitest";
import { createPerson } from "../person/create-person.ts";
import { PERSONS } from "../person/tables.ts";
import { getDevice } from "./get-device.ts";
import { openDevice } from "./open-device.ts";
import { renewDevice } from "./renew-device.ts";
import { DEVICES, DEVICES_MAX } from "./tables.ts";

const u = 7;
const dev = "d".repeat(22);
const signIn: OpenDeviceArgs = { dev, app: "test", refresh: "A", password: true };

let person: MemoryEntity;
beforeEach(() => {
  person = memoryEntity(u);
  person.run(createPerson, { name: "ann", secret: "" }, 0);
});

const open = (more: Partial<OpenDeviceArgs> = {}) => person.run(openDevice, { ...signIn, ...more }, u);
const renew = (from: string, to: string) => person.run(renewDevice, { dev, from, to }, u);
const row = () => person.get(DEVICES, u, dev);
const live = () => person.get(PERSONS, u)?.devices.map(([id]) => id);

describe("device.open", () => {
  test("signs in, remembers when a password was given, and lists the device", async () => {
    open();

    const at = person.nowMs;
    const expected = { u, dev, app: "test", at, seen: at, refresh: "A", previous: "", password: at, ended: false };
    expect(row()).toEqual(expected);
    expect(live()).toEqual([dev]);
    expect(person.events).toEqual([]);
    expect(await person.ask(getDevice, { dev })).toEqual({ at, password: at });
  });

  test("without a password none was given", async () => {
    open({ password: false });

    expect(await person.ask(getDevice, { dev })).toEqual({ at: person.nowMs, password: 0 });
  });

  test("a repeat changes nothing, also after the token was renewed", () => {
    open();
    const first = person.snapshot();
    person.nowMs += 1_000;
    open();
    expect(person.snapshot()).toEqual(first);

    renew("A", "B");
    const renewed = person.snapshot();
    open();
    expect(person.snapshot()).toEqual(renewed);
  });

  test("a new sign-in takes the place of the one before and keeps the time of its password", () => {
    open();
    const passwordMs = person.nowMs;
    person.nowMs += 1_000;

    open({ refresh: "C", password: false });

    expect(row()).toMatchObject({ at: person.nowMs, refresh: "C", previous: "", password: passwordMs });
    expect(renew("A", "B")).toEqual({ ok: false });
    expect(row()?.ended).toBe(false);
    expect(live()).toEqual([dev]);
  });

  test("after a sign-in was ended, its password counts no more", () => {
    open();
    renew("A", "B");
    renew("A", "X");

    open({ refresh: "C", password: false });

    expect(row()).toMatchObject({ ended: false, password: 0 });
  });

  test("one more than DEVICES_MAX is QUOTA, until one of them ends", () => {
    for (let n = 0; n < DEVICES_MAX; n++) open({ dev: `device${n}`.padEnd(22, "x") });
    const lastDev = `device${DEVICES_MAX - 1}`.padEnd(22, "x");

    expect(() => open()).toThrow(expect.objectContaining({ code: "QUOTA" }));
    open({ dev: lastDev, refresh: "new" });
    person.nowMs += LIMITS.refreshIdleMs + 1;
    open();
    expect(live()).toEqual([dev]);
  });

  test("for nobody is NOT_FOUND", () => {
    expect(() => memoryEntity(8).run(openDevice, signIn, 8)).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  });
});

describe("device.renew", () => {
  test("exchanges the token and answers with the times of sign-in and password", () => {
    open();
    const at = person.nowMs;
    person.nowMs += 1_000;

    expect(renew("A", "B")).toEqual({ ok: true, password: at, at });
    expect(row()).toMatchObject({ refresh: "B", previous: "A", at, seen: person.nowMs });
    expect(renew("B", "C")).toMatchObject({ ok: true });
  });

  test("a repeat is answered as the first was and changes nothing", () => {
    open();
    const first = renew("A", "B");
    const after = person.snapshot();
    person.nowMs += 1_000;

    expect(renew("A", "B")).toEqual(first);
    expect(person.snapshot()).toEqual(after);
  });

  test("a token used twice ends the sign-in, for the newer token too", async () => {
    open();
    renew("A", "B");

    expect(renew("A", "X")).toEqual({ ok: false });

    expect(row()?.ended).toBe(true);
    expect(live()).toEqual([]);
    expect(renew("B", "C")).toEqual({ ok: false });
    expect(await person.ask(getDevice, { dev })).toEqual({ at: 0, password: 0 });
  });

  test.each([
    ["a token never given out", "Z", "B"],
    ["a token for itself", "A", "A"],
  ])("%s is refused and changes nothing", (_, from, to) => {
    open();
    const before = person.snapshot();

    expect(renew(from, to)).toEqual({ ok: false });
    expect(person.snapshot()).toEqual(before);
  });

  test("an unknown device is refused", async () => {
    expect(renew("A", "B")).toEqual({ ok: false });
    expect(await person.ask(getDevice, { dev })).toEqual({ at: 0, password: 0 });
  });

  test("a sign-in left idle ends, one in use goes on", () => {
    open();
    person.nowMs += LIMITS.refreshIdleMs;
    expect(renew("A", "B")).toMatchObject({ ok: true });
    person.nowMs += LIMITS.refreshIdleMs + 1;

    expect(renew("B", "C")).toEqual({ ok: false });
  });

  test("a sign-in ends with its age, however much it is used", async () => {
    open();
    const at = person.nowMs;
    let token = 0;
    open({ refresh: "t0" });
    while (person.nowMs + LIMITS.refreshIdleMs <= at + LIMITS.refreshTokenMs) {
      person.nowMs += LIMITS.refreshIdleMs;
      expect(renew(`t${token}`, `t${++token}`)).toMatchObject({ ok: true });
    }
    person.nowMs = at + LIMITS.refreshTokenMs + 1;

    expect(renew(`t${token}`, "late")).toEqual({ ok: false });
    expect(await person.ask(getDevice, { dev })).toEqual({ at: 0, password: 0 });
  });
});
