import { type Session, signIn, signUp } from "@guildhall/client";
import { fromBase64Url, makeNonce, toBase64Url } from "@guildhall/kernel";
import { CLIENT_FRAME, type ClientFrame, type Committed, type ErrFrame } from "@guildhall/proto";
import { hashOf, type Recorder } from "@guildhall/testkit/history";
import { Connection, okOf } from "./connection.ts";
import type { Account, Target } from "./device.ts";

/** Tries of one request of the set-up, while the server says that a later one may succeed. */
const TRIES_MAX = 40;
const TRY_AFTER_MS = 250;

export type Someone = { readonly account: Account; readonly sessions: readonly Session[] };

/** A new person, signed in on so many devices. */
export async function somebody({ api }: Target, devices: number): Promise<Someone> {
  const name = `f_${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`;
  const account = { name, password: crypto.randomUUID() };
  const sessions = [await signUp(api, account)];
  while (sessions.length < devices) sessions.push(await signIn(api, account));
  return { account, sessions };
}

/** The first makes them, the others join. */
export async function makeGroups(
  { url }: Target,
  people: readonly Someone[],
  count: number,
  recorder: Recorder,
): Promise<number[]> {
  const connections = await Promise.all(people.map(({ sessions }) => connect(url, sessions[0])));
  const [owner, ...others] = connections;
  if (owner === undefined) throw new Error("nobody");
  const groups: number[] = [];
  for (let made = 0; made < count; made++) {
    const n = makeNonce(Date.now());
    const a = { name: `Faults ${made}`, category: "support" };
    const { g } = (await ask(owner, (i) => ({ t: CLIENT_FRAME.ask, i, n, m: "group.create", a }))) as { g: number };
    groups.push(g);
    for (const [i, other] of others.entries()) await join(other, g, people[i + 1]?.sessions[0]?.u ?? 0, recorder);
  }
  for (const connection of connections) connection.cut();
  return groups;
}

async function join(connection: Connection, g: number, user: number, recorder: Recorder): Promise<void> {
  const n = makeNonce(Date.now());
  const m = "member.join";
  const cmid = toBase64Url(n);
  const on = { op: "cmd", id: cmid, conn: `set-up-${user}`, user, group: g, cmid, kind: m } as const;
  const attempt = { ...on, hash: hashOf({ k: m, b: { u: user, nick: "" } }) };
  recorder.record({ ...attempt, phase: "invoke" });
  const { s, ep } = (await ask(connection, (i) => ({ t: CLIENT_FRAME.cmd, i, g, n, m, a: {} }))) as Committed;
  recorder.record({ ...attempt, phase: "ok", seq: s, epoch: ep });
}

async function connect(url: string, session: Session | undefined): Promise<Connection> {
  if (session === undefined) throw new Error("nobody");
  const connection = await Connection.open(url, { onFrame: () => {}, onClose: () => {} });
  const dev = fromBase64Url(session.dev) ?? new Uint8Array(16);
  const hello = { t: CLIENT_FRAME.hello, v: 1, tok: session.access, dev, app: "faults", cap: [] };
  await ask(connection, (i) => ({ ...hello, i }));
  return connection;
}

/** Asks until the answer is `ok`. @throws Error for a refusal that stands. */
export async function ask(connection: Connection, frame: (i: number) => ClientFrame): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    const answer = await connection.ask(frame);
    const done = okOf(answer);
    if (done !== undefined) return done.d;
    const refusal = answer === "lost" ? undefined : (answer as ErrFrame);
    if (refusal?.r !== true || tries === TRIES_MAX) throw new Error(`the set-up is refused: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, refusal.ra ?? TRY_AFTER_MS));
  }
}
