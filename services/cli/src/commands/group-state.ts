import { setGroupState } from "@guildhall/client";
import { OPERATOR_STATES } from "@guildhall/proto/tables";
import { type Command, counted, parseWords, UsageError } from "../command.ts";
import { groupWord } from "../find-group.ts";
import { readOperatorKey } from "../private-file.ts";

export const groupState: Command = {
  usage: "group state <number> <state> --why <text> [--operator-key <file>]",
  summary: `Freezes a group, bans it or opens it again, as the operator; its members see why. States: ${OPERATOR_STATES.join(", ")}.`,
  async run(words, context) {
    const options = parseWords(words, context, { why: { type: "string" }, "operator-key": { type: "string" } });
    const [number = "", word = ""] = counted(options.words, 2);
    const { why } = options.values;
    const state = OPERATOR_STATES.find((one) => one === word);
    if (state === undefined) throw new UsageError(`a state is one of ${OPERATOR_STATES.join(", ")}`);
    if (why === undefined || why.trim() === "") throw new UsageError("--why says the reason, which members see");
    const key = await readOperatorKey(options.values["operator-key"] ?? context.keyFile);
    await setGroupState(options.api, key, groupWord(number), { state, why });
    context.stdout.write(`group ${number} is ${state}\n`);
    return 0;
  },
};
