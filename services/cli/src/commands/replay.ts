import type { Client } from "@guildhall/client";
import { type Command, counted, Failure, parseWords, UsageError, wholeNumber } from "../command.ts";
import { readOperatorKey, readText } from "../private-file.ts";
import { castOf } from "../replay/cast.ts";
import { readLog } from "../replay/log.ts";
import type { ReplayOptions } from "../replay/options.ts";
import { play } from "../replay/play.ts";
import { type Report, report, table } from "../replay/report.ts";
import { setStage } from "../replay/stage.ts";
import { present, readHistory, untilDelivered, verify } from "../replay/verify.ts";

const SILENT_MAX = 4_000;

export const replay: Command = {
  usage: "replay <file.jsonl> [--speed <n>|max] [--silent <n>] [--operator-key <file>] [--json]",
  summary: "Plays a channel log with a connection a person, and checks that everybody got all of it in order.",
  async run(words, context) {
    const options = parseWords(words, context, {
      speed: { type: "string", default: "max" },
      silent: { type: "string", default: "0" },
      "operator-key": { type: "string" },
      json: { type: "boolean" },
    });
    const [file = ""] = counted(options.words, 1);
    const speed = speedOf(options.values.speed);
    const silent = wholeNumber(options.values.silent, "--silent", 0, SILENT_MAX);
    const text = await readText(file);
    if (text === undefined) throw new Failure(`there is no file ${file}`);
    const figures = await replayLog(text, {
      api: options.api,
      urls: options.urls,
      operatorKey: await readOperatorKey(options.values["operator-key"] ?? context.keyFile),
      speed,
      silent,
      progress: (news) => context.stderr.write(`${news}\n`),
    });
    context.stdout.write(options.values.json === true ? `${JSON.stringify(figures)}\n` : table(figures));
    return figures.ok ? 0 : 1;
  },
};

/** Replays the text of a log. @throws Failure, GuildhallError when it cannot be carried through. */
async function replayLog(text: string, options: ReplayOptions): Promise<Report> {
  const cast = castOf(readLog(text));
  const clients: Client[] = [];
  try {
    const stage = await setStage(cast, options, (client) => clients.push(client));
    options.progress(`${cast.steps.length} lines by ${cast.people.length} people in group ${stage.view.number}`);
    const startedMs = performance.now();
    const played = await play(cast, stage, options);
    await untilDelivered(present(cast, stage), played.head);
    const ms = performance.now() - startedMs;
    options.progress("comparing with history");
    const history = await readHistory(stage, played.head, options);
    return report(stage, played, verify(cast, stage, played, history), ms);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

function speedOf(word: string): number | undefined {
  if (word === "max") return undefined;
  const speed = Number(word);
  if (!Number.isFinite(speed) || speed <= 0) throw new UsageError("--speed must be a number above 0, or max");
  return speed;
}
