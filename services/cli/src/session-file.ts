import type { Session } from "@guildhall/client";
import { Failure } from "./command.ts";
import { readText, writePrivate } from "./private-file.ts";

export type NamedSession = Session & { readonly name: string };

/** Everybody who is signed in on this computer, by name, and who was last. */
type Sessions = { readonly last: string; readonly people: Readonly<Record<string, NamedSession>> };

/** Keeps a session and makes it the last one. @throws Failure */
export async function saveSession(path: string, session: NamedSession): Promise<void> {
  const kept = await readSessions(path);
  await write(path, { last: session.name, people: { ...kept?.people, [session.name]: session } });
}

/** Keeps the newer tokens of somebody who is signed in; who was last stays. @throws Failure */
export async function renewSession(path: string, session: NamedSession): Promise<void> {
  const kept = await readSessions(path);
  await write(path, { last: kept?.last ?? session.name, people: { ...kept?.people, [session.name]: session } });
}

/** Forgets somebody who has signed out. @throws Failure */
export async function forgetSession(path: string, name: string): Promise<void> {
  const kept = await readSessions(path);
  if (kept === undefined) return;
  const people = Object.fromEntries(Object.entries(kept.people).filter(([other]) => other !== name));
  await write(path, { last: kept.last === name ? (Object.keys(people).at(-1) ?? "") : kept.last, people });
}

/** The session of `name`, or the last one. @throws Failure where there is none. */
export async function loadSession(path: string, name?: string): Promise<NamedSession> {
  const kept = await readSessions(path);
  const who = name ?? (kept?.last === "" ? undefined : kept?.last);
  const session =
    who !== undefined && kept !== undefined && Object.hasOwn(kept.people, who) ? kept.people[who] : undefined;
  if (session !== undefined) return session;
  const whose = name === undefined ? "nobody is" : `${name} is not`;
  throw new Failure(`${whose} signed in here: use "guildhall sign-up <name>" or "guildhall sign-in <name>"`);
}

async function readSessions(path: string): Promise<Sessions | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<Sessions>;
    if (typeof value.last === "string" && typeof value.people === "object" && value.people !== null) {
      return { last: value.last, people: value.people };
    }
  } catch {}
  throw new Failure(`${path} does not hold sessions: remove it and sign in again`);
}

async function write(path: string, sessions: Sessions): Promise<void> {
  await writePrivate(path, `${JSON.stringify(sessions, null, 2)}\n`);
}
