import {
  changePassword,
  endDevice,
  endOtherDevices,
  listDevices,
  platformSocket,
  refresh,
  refreshingTokens,
  type Session,
  signIn,
  signOut,
  signUp,
} from "@guildhall/client";
import { CLIENT_FRAME, SUBPROTOCOL } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import { codecFor } from "@guildhall/wire";
import { expect, onTestFinished, test } from "vitest";
import type { Bench, StartBench } from "./bench.ts";

const PASSWORD = "correct horse battery";
const refused = (code: string) => expect.objectContaining({ code });

/** What every composition must do: sign-ins that end. */
export function devicesContract(startBench: StartBench): void {
  /** A bare connection that has sent hello; says when and with what it was closed. */
  async function connected(bench: Bench, { access, dev }: Session) {
    const seen: { closed?: { code: number; atMs: number }; frames: string[]; open?: true } = { frames: [] };
    const socket = await platformSocket(bench.server.websocket, SUBPROTOCOL.json, {
      onOpen: () => {
        seen.open = true;
      },
      onMessage: (data) => seen.frames.push(String(data)),
      onClose: (code) => {
        seen.closed = { code, atMs: performance.now() };
      },
    });
    onTestFinished(() => socket.close(1000, ""));
    await until(() => seen.open === true);
    const hello = {
      t: CLIENT_FRAME.hello,
      i: 1,
      v: 1,
      tok: access,
      dev: Buffer.from(dev, "base64url"),
      app: "t",
      cap: [],
    };
    socket.send(new TextDecoder().decode(codecFor("json").encodeClient(hello)));
    await until(() => seen.closed !== undefined || seen.frames.some((frame) => frame.includes('"ok"')));
    return seen;
  }

  /** Somebody signed in on as many devices, each connected. */
  async function signedIn(count: number) {
    const bench = await startBench();
    const api = bench.server.http;
    const credentials = { name: bench.name("ann"), password: PASSWORD };
    const sessions = [await signUp(api, credentials)];
    while (sessions.length < count) sessions.push(await signIn(api, credentials));
    const sockets = await Promise.all(sessions.map((session) => connected(bench, session)));
    expect(sockets.map(({ closed }) => closed)).toEqual(sessions.map(() => undefined));
    const [first, second] = sessions as [Session, Session];
    return { bench, api, credentials, sessions, sockets, first, second };
  }

  test("a device ended by another is closed within a second, and neither refreshes nor connects again", async () => {
    const { bench, api, sockets, first, second } = await signedIn(2);
    const before = await listDevices(api, first.access);

    await endDevice(api, first.access, second.dev);
    const endedAtMs = performance.now();

    await until(() => sockets[1]?.closed !== undefined);
    expect(sockets[1]?.closed?.code).toBe(4101);
    expect((sockets[1]?.closed?.atMs ?? Number.POSITIVE_INFINITY) - endedAtMs).toBeLessThan(1_000);
    expect(before.map(({ dev, here }) => [dev, here])).toEqual(
      expect.arrayContaining([
        [first.dev, true],
        [second.dev, false],
      ]),
    );
    expect((await listDevices(api, first.access)).map(({ dev }) => dev)).toEqual([first.dev]);
    await expect(refresh(api, second.refresh)).rejects.toEqual(refused("UNAUTHENTICATED"));
    await expect(listDevices(api, second.access)).rejects.toEqual(refused("UNAUTHENTICATED"));
    expect((await connected(bench, second)).closed?.code).toBe(4101);
    expect(sockets[0]?.closed).toBeUndefined();
  });

  test("all others are ended at once, and one may end oneself", async () => {
    const { api, sockets, first } = await signedIn(3);

    await endOtherDevices(api, first.access);
    await until(() => sockets.slice(1).every(({ closed }) => closed?.code === 4101));
    expect(sockets[0]?.closed).toBeUndefined();
    await signOut(api, first.access);

    await until(() => sockets[0]?.closed?.code === 4101);
    await expect(refresh(api, first.refresh)).rejects.toEqual(refused("UNAUTHENTICATED"));
  });

  test("a password change ends every other device, keeps this one, and only the new password signs in", async () => {
    const { bench, api, credentials, sockets, first, second } = await signedIn(3);
    const tokens = refreshingTokens({ api, ...first });
    await expect(changePassword(api, first.access, { old: "wrong horse", new: "a new password" })).rejects.toEqual(
      refused("FORBIDDEN"),
    );
    expect(sockets.map(({ closed }) => closed)).toEqual([undefined, undefined, undefined]);

    const fresh = await changePassword(api, first.access, { old: PASSWORD, new: "a new password" });
    tokens.replace(fresh);

    await until(() => sockets.slice(1).every(({ closed }) => closed?.code === 4101));
    expect(sockets[0]?.closed).toBeUndefined();
    expect(fresh).toMatchObject({ u: first.u, dev: first.dev, name: credentials.name });
    await expect(refresh(api, second.refresh)).rejects.toEqual(refused("UNAUTHENTICATED"));
    await expect(signIn(api, credentials)).rejects.toEqual(refused("UNAUTHENTICATED"));
    expect(await signIn(api, { ...credentials, password: "a new password" })).toMatchObject({ u: first.u });
    const renewed = await tokens.renew();
    expect((await connected(bench, { ...fresh, access: renewed })).closed).toBeUndefined();
  });

  test("a refresh token used twice ends the device and closes its socket", async () => {
    const { api, sockets, first, second } = await signedIn(2);
    const fresh = await refresh(api, second.refresh);

    await expect(refresh(api, second.refresh)).rejects.toEqual(refused("UNAUTHENTICATED"));

    await until(() => sockets[1]?.closed?.code === 4101);
    await expect(refresh(api, fresh.refresh)).rejects.toEqual(refused("UNAUTHENTICATED"));
    expect((await listDevices(api, first.access)).map(({ dev }) => dev)).toEqual([first.dev]);
    expect(sockets[0]?.closed).toBeUndefined();
  });
}
