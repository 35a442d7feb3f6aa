import { type Command, counted, parseWords } from "../command.ts";
import { signedIn } from "../signed-in.ts";

export const accountCreate: Command = {
  usage: "account create <name> [--as <name>]",
  summary: "Creates an account that can own groups; you are its first main operator.",
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" } });
    const [name = ""] = counted(options.words, 1);
    await using client = await signedIn(options, options.values.as);
    const account = await client.createAccount(name);
    context.stdout.write(`account "${account.name}" (id ${account.a})\n`);
    return 0;
  },
};
