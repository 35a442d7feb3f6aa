import type { ChangePasswordArgs, EndDevicesArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { type MemoryEntity, memoryEntity } from "@guildhall/testkit/memory-entity";
import { beforeEach, describe, expect, test } from "vitest";
import { createPerson } from "../person/create-person.ts";
import { CREDENTIALS, PERSONS } from "../person/tables.ts";
import { changePassword } from "./change-password.ts";
import { checkDevices } from "./check-devices.ts";
import { endDevices } from "./end-devices.ts";
import { listDevices } from "./list-devices.ts";
import { openDevice } from "./open-device.ts";
import { renewDevice } from "./renew-device.ts";
import { DEVICES } from "./tables.ts";

const u = 7;
const [phone, desk, pad] = ["phone", "desk", "pad"].map((name) => name.padEnd(22, "x")) as [string, string, string];
const refused = (code: string) => expect.objectContaining({ code });

let person: MemoryEntity;
beforeEach(() => {
  person = memoryEntity(u);
  person.run(createPerson, { name: "ann", secret: "old" }, 0);
  for (const dev of [phone, desk, pad]) {
    person.nowMs += 1_000;
    person.run(openDevice, { dev, app: `app of ${dev}`, refresh: `${dev}-A`, password: true }, u);
  }
});

const end = (args: EndDevicesArgs) => person.run(endDevices, args, u, { device: phone });
const change = (more: Partial<ChangePasswordArgs> = {}) =>
  person.run(
    changePassword,
    { was: "old", secret: "new", dev: phone, refresh: "phone-B", others: [desk, pad], ...more },
    u,
  );
const live = () => person.get(PERSONS, u)?.devices.map(([dev]) => dev);
const ended = (dev: string) => person.get(DEVICES, u, dev)?.ended;
const renew = (dev: string, from: string) => person.run(renewDevice, { dev, from, to: "next" }, u);

describe("device.end", () => {
  test("ends what it names and nothing else: its refresh token no longer holds", () => {
    end({ devs: [desk] });

    expect([phone, desk, pad].map(ended)).toEqual([false, true, false]);
    expect(live()).toEqual([phone, pad]);
    expect(renew(desk, `${desk}-A`)).toEqual({ ok: false });
    expect(renew(pad, `${pad}-A`)).toMatchObject({ ok: true });
  });

  test("a repeat changes nothing", () => {
    end({ devs: [desk] });
    const after = person.snapshot();

    end({ devs: [desk] });

    expect(person.snapshot()).toEqual(after);
  });

  test("with `keep` it must name all others, so that none is forgotten", () => {
    expect(() => end({ devs: [desk], keep: phone })).toThrow(refused("STALE_VERSION"));
    expect(live()).toEqual([phone, desk, pad]);

    end({ devs: [phone, desk, pad], keep: phone });
    expect(live()).toEqual([phone]);
    expect(ended(phone)).toBe(false);
  });

  test("a device never signed in on, and nobody, are NOT_FOUND", () => {
    expect(() => end({ devs: [desk, "z".repeat(22)] })).toThrow(refused("NOT_FOUND"));
    expect(ended(desk)).toBe(false);
    expect(() => memoryEntity(8).run(endDevices, { devs: [] }, 8)).toThrow(refused("NOT_FOUND"));
  });
});

describe("password.change", () => {
  test("puts the new secret in force, ends all others and gives this device its next token", () => {
    change();

    expect(person.get(CREDENTIALS, u)?.secret).toBe("new");
    expect([phone, desk, pad].map(ended)).toEqual([false, true, true]);
    expect(live()).toEqual([phone]);
    expect(person.get(DEVICES, u, phone)).toMatchObject({ refresh: "phone-B", password: person.nowMs });
    expect(renew(phone, "phone-B")).toMatchObject({ ok: true, password: person.nowMs });
  });

  test("the token this device had counts as used: again it ends the device", () => {
    change();

    expect(renew(phone, `${phone}-A`)).toEqual({ ok: false });
    expect(ended(phone)).toBe(true);
  });

  test("a repeat changes nothing", () => {
    change();
    const after = person.snapshot();
    person.nowMs += 1_000;

    change();

    expect(person.snapshot()).toEqual(after);
  });

  test.each<[string, Partial<ChangePasswordArgs>, string]>([
    ["a password changed meanwhile", { was: "older" }, "CONFLICT"],
    ["a device that signed in meanwhile", { others: [desk] }, "STALE_VERSION"],
    ["a device that is not signed in", { dev: "z".repeat(22) }, "UNAUTHENTICATED"],
  ])("%s is refused and changes nothing", (_, more, code) => {
    const before = person.snapshot();

    expect(() => change(more)).toThrow(refused(code));
    expect(person.snapshot()).toEqual(before);
  });

  test("from a device that has ended it is UNAUTHENTICATED", () => {
    end({ devs: [phone] });

    expect(() => change()).toThrow(refused("UNAUTHENTICATED"));
  });

  test("a sign-in that was checked against the old password is refused after it", () => {
    change();
    const signIn = { dev: desk, app: "", refresh: "C", password: true };

    expect(() => person.run(openDevice, { ...signIn, secret: "old" }, u)).toThrow(refused("UNAUTHENTICATED"));
    person.run(openDevice, { ...signIn, secret: "new" }, u);
    expect(live()).toEqual([phone, desk]);
  });
});

test("devices.list has what is signed in, the last renewed first", async () => {
  end({ devs: [desk] });
  person.nowMs += 1_000;
  renew(phone, `${phone}-A`);

  const { devices } = (await person.ask(listDevices, {})) as { devices: { dev: string; app: string }[] };

  expect(devices.map(({ dev, app }) => [dev, app])).toEqual([
    [phone, `app of ${phone}`],
    [pad, `app of ${pad}`],
  ]);
  person.nowMs += LIMITS.refreshIdleMs + 1;
  expect(await person.ask(listDevices, {})).toEqual({ devices: [] });
  await expect(memoryEntity(8).ask(listDevices, {})).rejects.toEqual(refused("NOT_FOUND"));
});

test("devices.check says when each sign-in began, 0 where there is none any more", async () => {
  end({ devs: [desk] });
  const at = person.get(DEVICES, u, phone)?.at;

  const asked: [number, string][] = [
    [u, phone],
    [u, desk],
    [8, phone],
  ];
  expect(await person.ask(checkDevices, { d: asked })).toEqual({ at: [at, 0, 0] });
  person.nowMs += LIMITS.refreshIdleMs + 1;
  expect(await person.ask(checkDevices, { d: [[u, phone]] })).toEqual({ at: [0] });
});
