import { entitlePerson } from "@guildhall/client";
import { ENTITLEMENTS } from "@guildhall/proto/tables";
import { type Command, counted, parseWords, UsageError } from "../command.ts";
import { readOperatorKey } from "../private-file.ts";

export const personEntitle: Command = {
  usage: "person entitle <name> <entitlement> --until <time>|never --why <text> [--ref <text>] [--operator-key <file>]",
  summary: `Entitles a person to something until a time, or with "never" no more, as the operator. There are ${ENTITLEMENTS.join(", ")}.`,
  async run(words, context) {
    const options = parseWords(words, context, {
      until: { type: "string" },
      why: { type: "string" },
      ref: { type: "string" },
      "operator-key": { type: "string" },
    });
    const [name = "", word = ""] = counted(options.words, 2);
    const { why, ref } = options.values;
    const to = ENTITLEMENTS.find((one) => one === word);
    if (to === undefined) throw new UsageError(`an entitlement is one of ${ENTITLEMENTS.join(", ")}`);
    if (why === undefined || why.trim() === "") throw new UsageError("--why says the reason, which is kept");
    const until = timeOf(options.values.until);
    const key = await readOperatorKey(options.values["operator-key"] ?? context.keyFile);
    await entitlePerson(options.api, key, name, { to, until, why, ...(ref === undefined ? {} : { ref }) });
    const end = until === 0 ? "no more" : `until ${new Date(until).toISOString()}`;
    context.stdout.write(`${name} is entitled to ${to} ${end}\n`);
    return 0;
  },
};

function timeOf(word: string | undefined): number {
  if (word === "never") return 0;
  const ms = Date.parse(word ?? "");
  if (!Number.isSafeInteger(ms) || ms < 1) throw new UsageError("--until is a time as 2030-01-31, or never");
  return ms;
}
