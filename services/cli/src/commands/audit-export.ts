import { type Command, counted, Failure, parseWords, wholeNumber, written } from "../command.ts";
import { findGroup, groupWord } from "../find-group.ts";
import { signedIn } from "../signed-in.ts";

export const auditExport: Command = {
  usage: "audit export <group number or id> [--after <number of act>] [--why <reason>] [--as <name>]",
  summary: "Writes a group's acts of power as JSON lines, from the first, or after where an earlier export ended.",
  async run(words, context) {
    const text = { type: "string" } as const;
    const options = parseWords(words, context, { after: text, why: text, as: text });
    const [word = ""] = counted(options.words, 1);
    const asked = groupWord(word);
    let after = wholeNumber(options.values.after ?? "0", "--after", 0, Number.MAX_SAFE_INTEGER);
    await using client = await signedIn(options, options.values.as);
    const group = await findGroup(client, asked);
    const { stdout } = context;
    for (;;) {
      const { acts, next, more } = await group.audit({ after }, options.values.why);
      await written(stdout, acts.map((act) => `${JSON.stringify({ g: group.g, ...act })}\n`).join(""));
      if (!more) return 0;
      if (next <= after) throw new Failure(`the server gave nothing after act ${after}`);
      after = next;
    }
  },
};
