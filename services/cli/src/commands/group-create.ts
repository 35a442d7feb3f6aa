import { GROUP_CATEGORIES, type GroupCategory } from "@guildhall/proto";
import { POLICY_NAMES, type PolicyName } from "@guildhall/proto/tables";
import { type Command, counted, parseWords, UsageError } from "../command.ts";
import { signedIn } from "../signed-in.ts";

export const groupCreate: Command = {
  usage:
    "group create <name> --category <c> [--tags <a,b>] [--intro <text>] [--policy <p>] [--account <id>] [--as <name>]",
  summary: `Creates a group, of which you are the owner, or the account you act for. Categories: ${GROUP_CATEGORIES.join(", ")}. Policies: ${POLICY_NAMES.join(", ")}.`,
  async run(words, context) {
    const options = parseWords(words, context, {
      category: { type: "string" },
      tags: { type: "string" },
      intro: { type: "string" },
      policy: { type: "string" },
      account: { type: "string" },
      as: { type: "string" },
    });
    const [name = ""] = counted(options.words, 1);
    const { category, tags, intro, policy, account, as } = options.values;
    if (!isCategory(category)) throw new UsageError(`--category must be one of ${GROUP_CATEGORIES.join(", ")}`);
    if (!isPolicy(policy)) throw new UsageError(`--policy must be one of ${POLICY_NAMES.join(", ")}`);
    await using client = await signedIn(options, as);
    const group = await client.createGroup({
      name,
      category,
      ...(tags === undefined ? {} : { tags: tags.split(",").map((tag) => tag.trim()) }),
      ...(intro === undefined ? {} : { intro }),
      ...(policy === undefined ? {} : { policy }),
      ...(account === undefined ? {} : { account: Number(account) }),
    });
    context.stdout.write(`group ${group.number} "${group.name}" (id ${group.g})\n`);
    return 0;
  },
};

function isCategory(word: string | undefined): word is GroupCategory {
  return GROUP_CATEGORIES.some((category) => category === word);
}

function isPolicy(word: string | undefined): word is PolicyName | undefined {
  return word === undefined || POLICY_NAMES.some((policy) => policy === word);
}
