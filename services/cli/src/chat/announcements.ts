import { Failure } from "../command.ts";
import { clean } from "./render.ts";
import type { Room } from "./slash.ts";

/** How many are listed. */
const LISTED = 20;

/** `text`: a title and a text with | between. @throws Failure for another voice, and without both. */
export async function announce({ group }: Room, voice: string, text: string): Promise<void> {
  if (voice !== "me" && voice !== "group") throw new Failure("say me or group, then <title> | <text>");
  const [title = "", ...rest] = text.split("|");
  const t = rest.join("|").trim();
  if (title.trim() === "" || t === "") throw new Failure("say a title and a text with | between");
  await group.announcements.publish({ title: title.trim(), t }, voice === "group" ? { as: "group" } : {});
}

/** The newest, or one with its text and who changed it. */
export async function announcements({ group, names, print }: Room, seq: number | undefined): Promise<void> {
  const who = ({ by, gr }: { by: number; gr?: 1 | 2 }) =>
    gr === undefined ? names.of(by) : `[the group${by === 0 ? "" : `, by ${names.of(by)}`}]`;
  if (seq === undefined) {
    const { announcements: list } = await group.announcements.list({ lim: LISTED });
    await names.know(list.map(({ by }) => by).filter((by) => by !== 0));
    for (const one of list)
      print(`${one.s}  ${time(one.at)}  ${who(one)}: ${one.gone === undefined ? clean(one.title) : "(withdrawn)"}`);
    return;
  }
  const one = await group.announcements.get(seq);
  await names.know(one.versions.map(({ by }) => by).filter((by) => by !== 0));
  print(clean(one.title));
  print(clean(one.t));
  for (const [index, step] of one.versions.entries()) print(`version ${index + 1}: ${time(step.at)}, ${who(step)}`);
}

/** As the group where it was announced as the group. */
export async function withdraw({ group }: Room, s: number, why: string): Promise<void> {
  const { announcements: found } = await group.announcements.list({ before: s + 1, lim: 1 });
  const voice = found[0]?.s === s && found[0].gr !== undefined ? { as: "group" as const } : {};
  await group.announcements.withdraw(s, { ...voice, ...(why === "" ? {} : { why }) });
}

function time(ms: number): string {
  return new Date(ms).toLocaleString();
}
