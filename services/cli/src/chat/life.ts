import { Failure } from "../command.ts";
import { clean } from "./render.ts";
import type { Room } from "./slash.ts";

/** Says that the group is to end, takes that back, or ends it. @throws Failure for another word. */
export async function end({ group }: Room, verb: string | undefined, why: string | undefined): Promise<void> {
  if (verb === "announce") await group.life.announceEnd(why);
  else if (verb === "cancel") await group.life.cancelEnd(why);
  else if (verb === "now") await group.dissolve();
  else throw new Failure("say announce, cancel or now");
}

/** The newest appeals with their answers. */
export async function appeals({ group, print }: Room): Promise<void> {
  const { appeals: list } = await group.life.appeals();
  for (const { n, t, at, state, answer } of list) {
    print(`${n}  ${new Date(at).toLocaleString()}  ${state}: ${clean(t)}`);
    print(answer === null ? "   waits" : `   ${answer.granted ? "granted" : "not granted"} (${clean(answer.why)})`);
  }
}
