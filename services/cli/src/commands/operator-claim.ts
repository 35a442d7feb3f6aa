import { claimOperator } from "@guildhall/client";
import { type Command, counted, parseWords } from "../command.ts";
import { writePrivate } from "../private-file.ts";

export const operatorClaim: Command = {
  usage: "operator claim <code> [--key-file <file>]",
  summary: "Exchanges the one-time code that the first start prints for the operator key.",
  async run(words, context) {
    const options = parseWords(words, context, { "key-file": { type: "string" } });
    const [code = ""] = counted(options.words, 1);
    const file = options.values["key-file"] ?? context.keyFile;
    const { key } = await claimOperator(options.api, code);
    await writePrivate(file, `${key}\n`);
    context.stdout.write(`operator key written to ${file}\n`);
    return 0;
  },
};
