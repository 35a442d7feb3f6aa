import { type Client, type Session, signUp } from "@guildhall/client";
import { fromBase64Url, makeNonce } from "@guildhall/kernel";
import {
  CLIENT_FRAME,
  type ClientFrame,
  type Event,
  type ProfileArgs,
  SERVER_FRAME,
  type ServerFrame,
} from "@guildhall/proto";
import { frameSocket, until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import type { Bench, StartBench } from "./bench.ts";

const PROFILE: ProfileArgs = { name: "Book club", category: "interest" };
const SPEAK: readonly [number, number] = [2 ** 27, 0];
const AUDIT: readonly [number, number] = [0, 2 ** 15];
const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });

/** What of an event says who did it. */
const voiceOf = ({ k, u, gr, by }: Event) => ({ k, u, gr, by });

/** What every composition must do: the voice of the group. */
export function voiceContract(startBench: StartBench): void {
  /** An owner, somebody who may speak for the group, somebody who may read its acts, and plain members. */
  async function newGroup() {
    const bench = await startBench();
    const owner = await withPassword(bench, "owner");
    const { g } = await owner.createGroup(PROFILE);
    const speaker = await withPassword(bench, "speaker");
    const [auditor, bob, eve] = await members(bench, 3);
    for (const one of [speaker, auditor, bob, eve]) await one.group(g).join();
    await giveRole(owner, g, speaker, "Spokesperson", SPEAK);
    await giveRole(owner, g, auditor, "Reader of acts", AUDIT);
    return { bench, g, owner, speaker, auditor, bob, eve, all: [owner, speaker, auditor, bob, eve] };
  }

  test("S31: what is said as the group comes from the group, and who said it is seen by those who may", async () => {
    const { g, owner, speaker, auditor, bob, eve, all } = await newGroup();
    const seen = all.map((client) => eventsOf(client, g));
    await Promise.all(all.map((client) => client.group(g).subscribe()));
    const he = speaker.group(g);

    const own = await he.send("in my own name");
    const said = await he.send("We open at nine.", { as: "group" });
    await owner.group(g).edit(said.s, "We open at ten.", { as: "group" });
    await owner.group(g).pin(said.s, { as: "group" });
    const last = await owner.group(g).recall(said.s, { as: "group" });

    await until(() => seen.every((events) => events.at(-1)?.s === last.s));
    const mine = { k: "text", u: speaker.me, gr: undefined, by: undefined };
    const kinds = ["text", "msg.edit", "msg.pin", "msg.recall"];
    const plain = [mine, ...kinds.map((k) => ({ k, u: 0, gr: 1, by: undefined }))];
    const whole = plain.map((one, index) => (index === 0 ? one : { ...one, by: index === 1 ? speaker.me : owner.me }));
    const wanted = new Map([
      [owner, whole],
      [speaker, plain],
      [auditor, whole],
      [bob, plain],
      [eve, plain],
    ]);
    for (const [client, voices] of wanted) {
      const live = seen[all.indexOf(client)] ?? [];
      expect(live.map(voiceOf)).toEqual(voices);
      const page = await client.group(g).history({ a: own.s, z: last.s });
      expect(page.e.map(voiceOf)).toEqual(voices);
      expect(page.e[1]).toMatchObject({ x: 1, b: {} });
      const exported: Event[] = [];
      for await (const some of client.group(g).export({ after: own.s - 1, toMs: client.nowMs() + 60_000 }))
        exported.push(...some);
      expect(exported.map(voiceOf)).toEqual(voices);
    }
  });

  test("S31: a post of the group names no one in any bytes that plain members are sent, in either encoding", async () => {
    const { bench, g, owner, speaker, bob, eve } = await newGroup();
    const { s } = await speaker.group(g).send("We open at nine.", { as: "group" });
    const binary = await bob.group(g).history({ a: s, z: s });
    const replayed = eventsOf(eve, g);
    await eve.group(g).subscribe({ after: { ep: binary.ep, s: s - 1 } });
    await until(() => replayed.length > 0);

    for (const event of [...binary.e, ...replayed]) {
      expect(JSON.stringify(event)).not.toContain(String(speaker.me));
      expect(event).toMatchObject({ u: 0, gr: 1 });
    }
    await bench.restart();
    const after = await bob.group(g).history({ a: s, z: s });
    expect(after.e.map(voiceOf)).toEqual([{ k: "text", u: 0, gr: 1, by: undefined }]);
    expect((await owner.group(g).history({ a: s, z: s })).e.map(({ by }) => by)).toEqual([speaker.me]);
  });

  test("S31: only who may speaks for the group; with the role goes the voice, and not what was said", async () => {
    const { bench, g, owner, speaker, bob } = await newGroup();
    const said = await speaker.group(g).send("We open at nine.", { as: "group" });
    const own = await bob.group(g).send("and I at ten");
    const needsBit = refused("FORBIDDEN", { d: { bit: "SPEAK_AS_GROUP" } });
    const [guest] = await members(bench, 1);
    await guest.group(g).join();
    await owner.group(g).assignRole(guest.me, (await roleOf(owner, g, "Spokesperson")) ?? 0);

    await expect(bob.group(g).send("me too", { as: "group" })).rejects.toEqual(needsBit);
    await expect(bob.group(g).recall(said.s, { as: "group" })).rejects.toEqual(needsBit);
    await expect(guest.group(g).send("no password", { as: "group" })).rejects.toEqual(refused("STEP_UP_REQUIRED"));
    await expect(speaker.group(g).edit(own.s, "mine now", { as: "group" })).rejects.toEqual(refused("FORBIDDEN"));
    await expect(speaker.group(g).edit(said.s, "as myself")).rejects.toEqual(refused("FORBIDDEN"));
    await expect(owner.group(g).command("member.kick", { u: bob.me }, { as: "group" })).rejects.toEqual(
      refused("UNSUPPORTED"),
    );
    await owner.group(g).takeRole(speaker.me, (await roleOf(owner, g, "Spokesperson")) ?? 0);
    await expect(speaker.group(g).edit(said.s, "too late", { as: "group" })).rejects.toEqual(needsBit);

    await speaker.group(g).leave();
    const page = await owner.group(g).history({ a: said.s, z: said.s });
    expect(page.e.map(voiceOf)).toEqual([{ k: "text", u: 0, gr: 1, by: speaker.me }]);
  });

  test("S31: who may see it is asked anew when permissions change, from the next post on", async () => {
    const { g, owner, speaker, auditor, bob, all } = await newGroup();
    await Promise.all(all.map((client) => client.group(g).subscribe()));
    const [his, hers] = [eventsOf(bob, g), eventsOf(auditor, g)];
    const role = (await roleOf(owner, g, "Reader of acts")) ?? 0;

    await speaker.group(g).send("one", { as: "group" });
    await owner.group(g).takeRole(auditor.me, role);
    await owner.group(g).assignRole(bob.me, role);
    await speaker.group(g).send("two", { as: "group" });
    await owner.group(g).editRole(role, { p: [0, 0] });
    const { s } = await speaker.group(g).send("three", { as: "group" });

    await until(() => [his, hers].every((events) => events.at(-1)?.s === s));
    const speakers = (events: readonly Event[]) => events.filter(({ gr }) => gr !== undefined).map(({ by }) => by);
    expect(speakers(his)).toEqual([undefined, speaker.me, undefined]);
    expect(speakers(hers)).toEqual([speaker.me, undefined, undefined]);
  });

  test("S31: a group that names its speakers does so for what is said from then on, and for good", async () => {
    const { g, owner, speaker, bob, all } = await newGroup();
    await Promise.all(all.map((client) => client.group(g).subscribe()));
    const seen = eventsOf(bob, g);
    await expect(speaker.group(g).changeSettings({ attribution: "public" })).rejects.toEqual(refused("FORBIDDEN"));

    const first = await speaker.group(g).send("one", { as: "group" });
    await owner.group(g).changeSettings({ attribution: "public" });
    await speaker.group(g).send("two", { as: "group" });
    await owner.group(g).pin(first.s, { as: "group" });
    await owner.group(g).changeSettings({ attribution: "admins" });
    const { s } = await speaker.group(g).send("three", { as: "group" });

    await until(() => seen.at(-1)?.s === s);
    const voices = (events: readonly Event[]) =>
      events.filter(({ gr }) => gr !== undefined).map(({ gr, by }) => [gr, by]);
    const wanted = [
      [1, undefined],
      [2, speaker.me],
      [2, owner.me],
      [1, undefined],
    ];
    expect(voices(seen)).toEqual(wanted);
    expect(voices((await bob.group(g).history({ a: first.s, z: s })).e)).toEqual(wanted);
    expect(await bob.group(g).pins()).toMatchObject([{ s: first.s, by: owner.me, gr: 2 }]);
    expect(await bob.group(g).get()).toMatchObject({ attribution: "admins" });
  });

  test("S31: posts of the group are acts on record, with who, under which role, and a digest of the text", async () => {
    const { g, owner, speaker, auditor, bob } = await newGroup();
    const { s } = await speaker.group(g).send("We open at nine.", { as: "group" });
    await expect(bob.group(g).send("Free beer", { as: "group" })).rejects.toEqual(refused("FORBIDDEN"));
    await speaker.group(g).send("in my own name");
    await owner.group(g).pin(s, { as: "group" });

    const { acts } = await auditor.group(g).audit({ m: "msg.send" });
    const role = await roleOf(owner, g, "Spokesperson");
    expect(acts).toMatchObject([
      {
        u: speaker.me,
        as: 1,
        roles: [role],
        s,
        refused: "",
        args: { b: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
      },
      { u: bob.me, as: 1, roles: [], s: 0, refused: "FORBIDDEN" },
    ]);
    expect(JSON.stringify(acts)).not.toContain("nine");
    expect(await bob.group(g).pins()).toMatchObject([{ s, by: 0, gr: 1 }]);
    expect(await auditor.group(g).pins()).toMatchObject([{ s, by: owner.me, gr: 1 }]);
  });

  test("S32: no client can set the mark of the group, whatever it puts into its frames", async () => {
    const { bench, g, owner } = await newGroup();
    const [session] = await bench.people(1);
    if (session === undefined) throw new Error("nobody");
    const joining = await bench.client(session);
    await joining.group(g).join();
    await joining.close();

    const got = await forged(bench, session, g);
    const mallory = await bench.client(session);
    const own = await mallory.group(g).send("in my own name");
    const edit = mallory.group(g).command("msg.edit", { s: own.s, b: { t: "x" }, ...FORGERIES });
    await expect(edit).rejects.toEqual(refused("BAD_ARGS"));

    expect(got.find((frame) => "i" in frame && frame.i === 3)).toMatchObject({ t: SERVER_FRAME.err, c: 101 });
    const page = await owner.group(g).history({ before: own.s + 1, lim: 2 });
    expect(page.e.map(voiceOf)).toEqual([1, 2].map(() => ({ k: "text", u: mallory.me, gr: undefined, by: undefined })));
  });

  test("S32: nobody is called as the group is, or looks as if; where the group takes a name, it is the group's", async () => {
    const { g, owner, bob, bench } = await newGroup();
    const looksAlike = refused("BAD_ARGS", { d: { path: "/nick" } });
    const [eve] = await members(bench, 1);

    await expect(eve.group(g).join({ nick: "Bооk Club" })).rejects.toEqual(looksAlike);
    await expect(bob.group(g).nick("BOOK-CLUB")).rejects.toEqual(looksAlike);
    await expect(owner.group(g).nick("B00k CIub", bob.me)).rejects.toEqual(looksAlike);
    await bob.group(g).nick("Film club");
    await owner.group(g).editProfile({ name: "Film Club" });

    const nickOf = async () => (await owner.group(g).members()).find(({ u }) => u === bob.me)?.nick;
    expect(await nickOf()).toBe("");
    await owner.group(g).editProfile({ name: "Book club" });
    expect(await nickOf()).toBe("Film club");
  });

  test("S31: ten posts of the group a minute, whoever speaks for it", async () => {
    const { g, owner, speaker } = await newGroup();
    for (let n = 0; n < 5; n++) {
      await speaker.group(g).send(`one ${n}`, { as: "group" });
      await owner.group(g).send(`two ${n}`, { as: "group" });
    }

    await expect(owner.group(g).send("eleven", { as: "group" })).rejects.toEqual(
      refused("SLOW_MODE", { d: { scope: "group" } }),
    );
    await owner.group(g).send("in my own name");
  });
}

/** Whatever a client might try for the mark of the group, laid over a frame. */
const FORGERIES = { gr: 1, by: 1, u: 0, official: true, from: { k: "group" }, author: "group_account" };

async function forged(bench: Bench, session: Session, g: number): Promise<ServerFrame[]> {
  const got: ServerFrame[] = [];
  const socket = await frameSocket(bench.server.websocket, "json", {
    onFrame: (frame) => void got.push(frame),
    onClose() {},
  });
  const dev = fromBase64Url(session.dev) ?? new Uint8Array(16);
  socket.send({ t: CLIENT_FRAME.hello, i: 1, v: 1, tok: session.access, dev, app: "forger", cap: [] });
  await until(() => got.some((frame) => "i" in frame && frame.i === 1 && frame.t === SERVER_FRAME.ok));
  const send = (i: number, b: object) => {
    const n = makeNonce(Date.now());
    const frame = { t: CLIENT_FRAME.send, i, g, n, k: "text", b, ...FORGERIES };
    socket.send(frame as unknown as ClientFrame);
  };
  send(2, { t: "We close for good." });
  send(3, { t: "We close for good.", ...FORGERIES });
  await until(() => [2, 3].every((i) => got.some((frame) => "i" in frame && frame.i === i)));
  socket.cut();
  return got;
}

async function withPassword(bench: Bench, word: string): Promise<Client> {
  return bench.client(await signUp(bench.server.http, { name: bench.name(word), password: "correct horse battery" }));
}

/** People without passwords; every other one speaks JSON. */
async function members(bench: Bench, count: 3): Promise<[Client, Client, Client]>;
async function members(bench: Bench, count: 1): Promise<[Client]>;
async function members(bench: Bench, count: number): Promise<Client[]> {
  const people = await bench.people(count);
  return Promise.all(people.map((person, at) => bench.client(person, { encoding: at % 2 === 0 ? "msgpack" : "json" })));
}

async function giveRole(
  owner: Client,
  g: number,
  to: Client,
  name: string,
  p: readonly [number, number],
): Promise<void> {
  await owner.group(g).createRole({ name, rank: 400, p: [...p] });
  await owner.group(g).assignRole(to.me, (await roleOf(owner, g, name)) ?? 0);
}

async function roleOf(client: Client, g: number, name: string): Promise<number | undefined> {
  return (await client.group(g).roles()).find((role) => role.name === name)?.id;
}

/** The content and what is done with it, as the client is told of it from now on. */
function eventsOf(client: Client, g: number): Event[] {
  const events: Event[] = [];
  client.group(g).listen((item) => {
    if (item.type === "event" && /^(text|action|msg\..*)$/.test(item.event.k)) events.push(item.event);
  });
  return events;
}
