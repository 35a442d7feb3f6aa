import { join } from "node:path";
import { makeNonce } from "@guildhall/kernel";
import { openSpeaker } from "../../clients/speaker.ts";
import { answerFaults, type Marked } from "./answer-order.ts";
import { groupIn } from "./run-log.ts";
import type { Templates } from "./templates.ts";
import { finishedTrace, sentAndSynced } from "./trace.ts";

const ALONE = 8;
const TOGETHER = 8;

/** Sends marked texts, one by one and then at once, to a traced server: no `ok` may leave before its record is durable. */
export async function tracedTalk(templates: Templates): Promise<string[]> {
  const { data, people } = await templates.start("talk");
  const [ann] = people;
  if (ann === undefined) throw new Error("nobody");
  const output = `${data}.trace`;
  const sent: Marked[] = [];
  {
    await using server = await templates.run(data, sentAndSynced(output));
    const speaker = await openSpeaker(server.url, ann, "json");
    const profile = { name: "Traced", category: "study" };
    const n = makeNonce(Date.now());
    const g = groupIn(await speaker.ask((i) => ({ t: 7, i, n, m: "group.create", a: profile })));
    if (g === undefined) throw new Error("the group was not made");
    const send = (mark: string) =>
      speaker.ask((i) => {
        sent.push({ mark, i });
        return { t: 4, i, g, n: makeNonce(Date.now()), k: "text", b: { t: mark } };
      });
    for (let k = 0; k < ALONE; k++) await send(`alone-${k}-marked`);
    const answers = await Promise.all(Array.from({ length: TOGETHER }, (_, k) => send(`together-${k}-marked`)));
    speaker.close();
    if (answers.some(({ kind }) => kind !== "ok")) throw new Error("a text was not taken");
    await server.end("SIGTERM");
  }
  return answerFaults(await finishedTrace(output), join(data, "journal", "data.mdb"), sent);
}
