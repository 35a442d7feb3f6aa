import { type Command, counted, parseWords } from "../command.ts";
import { signedIn } from "../signed-in.ts";

export const groupList: Command = {
  usage: "group list [--as <name>]",
  summary: "Lists the groups you are in.",
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" } });
    counted(options.words, 0);
    await using client = await signedIn(options, options.values.as);
    for (const { number, name, g } of await client.groups()) context.stdout.write(`${number}  ${name}  (id ${g})\n`);
    return 0;
  },
};
