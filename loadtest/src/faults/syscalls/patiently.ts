import { sleep } from "@guildhall/kernel";
import type { ClientFrame } from "@guildhall/proto";
import { type Answer, openSpeaker, type Speaker } from "../../clients/speaker.ts";
import type { Person } from "../../driver/messages.ts";

/** A server that has just started may ask for patience this often, and this long between, ms. */
const TRIES_MAX = 50;
const WAIT_MS = 100;

/** Asks until the answer stands: what the server calls worth another try is tried again. */
export async function answered(speaker: Speaker, frame: (i: number) => ClientFrame): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const answer = await speaker.ask(frame);
    if (answer.kind !== "err" || !answer.frame.r || tries === TRIES_MAX) return answer;
    await sleep(answer.frame.ra ?? WAIT_MS);
  }
}

/** The `ok` of it. @throws Error for a refusal that stands. */
export async function patiently(speaker: Speaker, frame: (i: number) => ClientFrame): Promise<unknown> {
  const answer = await answered(speaker, frame);
  if (answer.kind === "ok") return answer.d;
  throw new Error(answer.kind === "err" ? `${answer.code} ${JSON.stringify(answer.frame.d ?? "")}` : answer.why);
}

/** Tries to say hello, and the wait between two of them, ms. */
const HELLOS_MAX = 30;
const HELLO_AGAIN_MS = 200;

/**
 * Connects, and again when that fails: a partition may just be taken over, and a machine that is held up says hello
 * too late. @throws Error of the last try.
 */
export async function patientSpeaker(url: string, person: Person): Promise<Speaker> {
  for (let tries = 1; ; tries++) {
    try {
      return await openSpeaker(url, person);
    } catch (error) {
      if (tries === HELLOS_MAX) throw error;
      await sleep(HELLO_AGAIN_MS);
    }
  }
}
