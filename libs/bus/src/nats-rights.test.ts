import { Env } from "@guildhall/config";
import { connectNats, type Nats, natsConfig } from "@guildhall/nats";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Bus } from "./bus.ts";
import { natsBus } from "./nats.ts";

const ANSWERED_WITHIN_MS = 10_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

type Service = "gateway" | "fanout" | "permission" | "api";
type Opened = { readonly nats: Nats; readonly bus: Bus; readonly heard: string[] };

/** Partitions that no other test and no service of this set uses. */
const partition = (): number => 50_000 + Math.floor(Math.random() * 15_000);

describe.skipIf(process.env["TEST_SECRETS"] === undefined)("needs TEST_SECRETS", () => {
  const opened: Nats[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((nats) => nats[Symbol.asyncDispose]())));

  /** A bus of the service's own user; `heard` gathers what its connection and its handlers tell. */
  async function as(user: Service): Promise<Opened> {
    const login = { NATS_USER: user, NATS_PASSWORD_FILE: `${process.env["TEST_SECRETS"]}/nats-${user}` };
    const heard: string[] = [];
    const nats = await connectNats(natsConfig(new Env({ ...process.env, ...login })), `rights of ${user}`, (status) =>
      heard.push(status),
    );
    opened.push(nats);
    return { nats, bus: natsBus(nats, (error) => heard.push(String(error))), heard };
  }

  test.each<[Service, string[]]>([
    ["gateway", ["ev", "pv", "beacon", "person", "facts", "journal"]],
    ["permission", ["cmd", "ask", "ev", "journal"]],
    ["api", ["open", "facts", "ev", "eph", "journal"]],
    ["fanout", ["open", "facts", "eph"]],
  ])("%s may not publish on %j", async (user, kinds) => {
    const { bus, nats, heard } = await as(user);
    const subjects = kinds.map((kind) => `${kind}.${partition()}`);

    for (const subject of subjects) bus.publish(subject, bytes("x"));
    await nats.connection.flush();

    for (const subject of subjects) {
      await vi.waitFor(() => expect(heard.join("\n")).toContain(`Permissions Violation for Publish to "${subject}"`));
    }
  });

  test.each<[Service, string[]]>([
    ["gateway", ["cmd.1", "pv.1", "journal.1", "_INBOX_api.>", "_INBOX.>", ">"]],
    ["permission", ["ev.1", "cmd.1", "_INBOX_fanout.>"]],
    ["api", ["ev.>", "ev.1", "cmd.1", "beacon.1", "_INBOX_gateway.>"]],
    ["fanout", ["ev.1", "_INBOX_gateway.>", "$SYS.>"]],
  ])("%s may not listen on %j", async (user, subjects) => {
    const { bus } = await as(user);

    for (const subject of subjects) {
      await expect(bus.subscribe(subject, () => {})).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringContaining(subject),
      });
    }
  });

  test("a question that may not be asked is refused at once, with the subject", async () => {
    const { bus } = await as("api");
    const p = partition();
    const startedMs = performance.now();

    await expect(bus.request(`open.${p}`, bytes("x"), 60_000)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining(`open.${p}`),
    });
    expect(performance.now() - startedMs).toBeLessThan(ANSWERED_WITHIN_MS);
  });

  test("who may ask is answered by who may answer, from another process of the cluster", async () => {
    const fanout = await as("fanout");
    const p = partition();
    await fanout.bus.answer(`cmd.${p}`, async (data) => bytes(`${text(data)}!`));
    await fanout.bus.answer(`facts.${p}`, async (data) => bytes(`${text(data)}?`));

    for (const [user, subject, answer] of [
      ["gateway", `cmd.${p}`, "hi!"],
      ["api", `cmd.${p}`, "hi!"],
      ["fanout", `cmd.${p}`, "hi!"],
      ["permission", `facts.${p}`, "hi?"],
    ] as const) {
      const { bus } = await as(user);
      expect(text(await bus.request(subject, bytes("hi"), ANSWERED_WITHIN_MS))).toBe(answer);
    }
    expect(fanout.heard.filter((line) => line.includes("Violation"))).toEqual([]);
  });

  test("what the fanout tells reaches those it is for", async () => {
    const [fanout, gateway, permission] = [await as("fanout"), await as("gateway"), await as("permission")];
    const p = partition();
    const seen: string[] = [];
    for (const kind of ["ev", "beacon", "person"])
      await gateway.bus.subscribe(`${kind}.${p}`, ({ subject }) => seen.push(`gateway ${subject}`));
    for (const kind of ["pv", "beacon"])
      await permission.bus.subscribe(`${kind}.${p}`, ({ subject }) => seen.push(`permission ${subject}`));

    for (const kind of ["ev", "pv", "beacon", "person"]) fanout.bus.publish(`${kind}.${p}`, bytes("x"));

    await vi.waitFor(() =>
      expect(seen.sort()).toEqual(
        [
          `gateway ev.${p}`,
          `gateway beacon.${p}`,
          `gateway person.${p}`,
          `permission beacon.${p}`,
          `permission pv.${p}`,
        ].sort(),
      ),
    );
  });

  test("each question of one message may be answered by itself, and questions of several messages together", async () => {
    const [fanout, gateway] = [await as("fanout"), await as("gateway")];
    const subject = `cmd.${partition()}`;
    let release: () => void = () => {};
    const together = new Promise<void>((resolve) => {
      release = resolve;
    });
    await fanout.bus.answer(subject, async (data) => {
      const waitMs = Number(text(data));
      await (waitMs < 0 ? together : new Promise((resolve) => setTimeout(resolve, waitMs)));
      return data;
    });

    const asked = Array.from({ length: 20 }, (_, i) => String(i * 5));
    const apart = asked.map((ms) => gateway.bus.request(subject, bytes(ms), ANSWERED_WITHIN_MS));
    const before = Array.from({ length: 20 }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return await gateway.bus.request(subject, bytes("-1"), ANSWERED_WITHIN_MS);
    });
    expect((await Promise.all(apart)).map(text)).toEqual(asked);
    release();

    expect((await Promise.all(before)).map(text)).toEqual(before.map(() => "-1"));
    expect(fanout.heard).toEqual([]);
  });

  test("nobody publishes where another's answers come in", async () => {
    const { bus, nats, heard } = await as("fanout");

    bus.publish("_INBOX_gateway.x", bytes("forged"));
    await nats.connection.flush();

    await vi.waitFor(() => expect(heard.join("\n")).toContain("_INBOX_gateway.x"));
  });
});
