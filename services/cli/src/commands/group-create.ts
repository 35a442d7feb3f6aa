import { GROUP_CATEGORIES, type GroupCategory } from "@guildhall/proto";
import { type Command, counted, parseWords, UsageError } from "../command.ts";
import { signedIn } from "../signed-in.ts";

export const groupCreate: Command = {
  usage: "group create <name> --category <c> [--tags <a,b>] [--intro <text>] [--as <name>]",
  summary: `Creates a group, of which you are the owner. Categories: ${GROUP_CATEGORIES.join(", ")}.`,
  async run(words, context) {
    const options = parseWords(words, context, {
      category: { type: "string" },
      tags: { type: "string" },
      intro: { type: "string" },
      as: { type: "string" },
    });
    const [name = ""] = counted(options.words, 1);
    const { category, tags, intro, as } = options.values;
    if (!isCategory(category)) throw new UsageError(`--category must be one of ${GROUP_CATEGORIES.join(", ")}`);
    await using client = await signedIn(options, as);
    const group = await client.createGroup({
      name,
      category,
      ...(tags === undefined ? {} : { tags: tags.split(",").map((tag) => tag.trim()) }),
      ...(intro === undefined ? {} : { intro }),
    });
    context.stdout.write(`group ${group.number} "${group.name}" (id ${group.g})\n`);
    return 0;
  },
};

function isCategory(word: string | undefined): word is GroupCategory {
  return GROUP_CATEGORIES.some((category) => category === word);
}
