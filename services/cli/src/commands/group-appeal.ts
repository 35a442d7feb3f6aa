import { answerAppeal, listAppeals } from "@guildhall/client";
import { clean } from "../chat/render.ts";
import { type Command, type Context, parseWords, UsageError } from "../command.ts";
import { groupWord } from "../find-group.ts";
import { readOperatorKey } from "../private-file.ts";

export const groupAppeal: Command = {
  usage: "group appeal <number> [grant|refuse <appeal> --why <text>] [--operator-key <file>]",
  summary: "Lists the appeals of a group that was frozen or banned, or answers one, as the operator.",
  async run(words, context) {
    const options = parseWords(words, context, { why: { type: "string" }, "operator-key": { type: "string" } });
    const [number = "", verb, n] = options.words;
    const group = groupWord(number);
    const answer = verb === undefined ? undefined : answerOf(verb, n, options.values.why);
    const key = await readOperatorKey(options.values["operator-key"] ?? context.keyFile);
    if (answer === undefined) {
      await list(options.api, key, group, context);
      return 0;
    }
    await answerAppeal(options.api, key, group, answer);
    context.stdout.write(answer.granted ? `group ${number} is active\n` : `appeal ${n} is not granted\n`);
    return 0;
  },
};

function answerOf(verb: string, n: string | undefined, why: string | undefined) {
  if (verb !== "grant" && verb !== "refuse") throw new UsageError("say grant or refuse");
  if (n === undefined || !/^[1-9]\d{0,8}$/.test(n)) throw new UsageError("say which appeal, by its number");
  if (why === undefined || why.trim() === "") throw new UsageError("--why says the reason, which members see");
  return { n: Number(n), granted: verb === "grant", why };
}

async function list(api: string, key: string, g: number, { stdout }: Context): Promise<void> {
  const { appeals } = await listAppeals(api, key, g);
  for (const { n, t, at, state, answer } of appeals) {
    const outcome = answer === null ? "waits" : answer.granted ? "granted" : "not granted";
    stdout.write(`${n}  ${new Date(at).toISOString()}  ${state}  ${outcome}  ${clean(t)}\n`);
  }
  if (appeals.length === 0) stdout.write("no appeals\n");
}
