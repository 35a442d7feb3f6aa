import { claimOperator } from "@guildhall/client";
import { makeNonce } from "@guildhall/kernel";
import { makePeople } from "../../clients/people.ts";
import { type Answer, openSpeaker } from "../../clients/speaker.ts";
import type { Person } from "../../driver/messages.ts";
import type { Standalone } from "../../processes/standalone.ts";
import { readAll } from "../syscalls/history.ts";
import { patientSpeaker } from "../syscalls/patiently.ts";
import { groupIn } from "../syscalls/run-log.ts";

/** A group, its owner, and the texts that were answered `ok`, in order. */
export type Talk = {
  readonly owner: Person;
  readonly g: number;
  readonly said: readonly string[];
  readonly last: Answer;
};

/** Makes a person and a group on a new server and sends `texts` until one is not answered `ok`. */
export async function talkIn(server: Standalone, texts: Iterable<string>): Promise<Talk> {
  const { key } = await claimOperator(server.api, server.operatorCode ?? "");
  const [owner] = await makePeople(server.api, key, 1);
  if (owner === undefined) throw new Error("nobody was made");
  const speaker = await openSpeaker(server.url, owner);
  const n = makeNonce(Date.now());
  const profile = { name: "Texts", category: "study" };
  let last = await speaker.ask((i) => ({ t: 7, i, n, m: "group.create", a: profile }));
  const g = groupIn(last);
  if (g === undefined) throw new Error(`the group was not made: ${JSON.stringify(last)}`);
  const said: string[] = [];
  for (const text of texts) {
    last = await speaker.ask((i) => ({ t: 4, i, g, n: makeNonce(Date.now()), k: "text", b: { t: text } }));
    if (last.kind !== "ok") break;
    said.push(text);
  }
  speaker.close();
  return { owner, g, said, last };
}

/** Says one more; it counts as said only if it is answered `ok`. */
export async function say(server: Standalone, talk: Talk, text: string): Promise<Talk> {
  const { owner, g, said } = talk;
  const speaker = await patientSpeaker(server.url, owner);
  const last = await speaker.ask((i) => ({ t: 4, i, g, n: makeNonce(Date.now()), k: "text", b: { t: text } }));
  speaker.close();
  return { owner, g, said: last.kind === "ok" ? [...said, text] : said, last };
}

/** Whether the group reads as it was said. One sentence where it does not. */
export async function readsAs(server: Standalone, { owner, g, said }: Talk): Promise<string[]> {
  const speaker = await patientSpeaker(server.url, owner);
  const { events } = await readAll(speaker, g);
  speaker.close();
  const texts = events.filter(({ k }) => k === "text").map(({ b }) => (b as { t: string }).t);
  const wrong = said.findIndex((text, i) => texts[i] !== text);
  if (wrong >= 0) return [`text ${wrong + 1} of ${said.length} reads ${texts[wrong]?.slice(0, 80) ?? "nothing"}`];
  return texts.length === said.length ? [] : [`${texts.length} texts are there, and ${said.length} were answered`];
}
