import { type Command, counted, parseWords } from "../command.ts";
import { signedIn } from "../signed-in.ts";

export const accountAdopt: Command = {
  usage: "account adopt <account id> <group number> [--as <name>]",
  summary: "Gives a group of yours to an account of which you are a main operator. You cannot take it back.",
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" } });
    const [a = "", number = ""] = counted(options.words, 2);
    await using client = await signedIn(options, options.values.as);
    const { g } = await client.findGroup(Number(number));
    const { name, account } = await client.account(Number(a)).adopt(g);
    context.stdout.write(`group ${number} "${name}" belongs to ${account?.name ?? ""}\n`);
    return 0;
  },
};
