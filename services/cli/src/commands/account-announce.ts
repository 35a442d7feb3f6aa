import { type Command, counted, parseWords } from "../command.ts";
import { signedIn } from "../signed-in.ts";

export const accountAnnounce: Command = {
  usage: "account announce <account id> <text> [--as <name>]",
  summary: "Says something in the name of every group of an account. Ends with code 1 where a group refused.",
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" } });
    const [a = "", text = ""] = counted(options.words, 2);
    await using client = await signedIn(options, options.values.as);
    const outcomes = await client.account(Number(a)).announce(text);
    const refused = [...outcomes].filter(([, outcome]) => typeof outcome !== "number");
    context.stdout.write(`said in ${outcomes.size - refused.length} of ${outcomes.size} groups\n`);
    for (const [g, error] of refused) {
      context.stdout.write(`  group ${g}: ${typeof error === "number" ? "" : error.code}\n`);
    }
    return refused.length === 0 ? 0 : 1;
  },
};
