import { findGroupByNumber, findPerson, GuildhallError } from "@guildhall/client";
import { sidecarPermit } from "@guildhall/permit/sidecar";
import { BITS, type Bit, type Explanation } from "@guildhall/proto";
import { type Command, counted, Failure, parseWords, UsageError } from "../command.ts";
import { readOperatorKey } from "../private-file.ts";

const GROUP_NUMBER_MAX = 9_999_999_999;

type Lookup = { readonly api: string; readonly keyFile: string };

export const explain: Command = {
  usage: "explain <person> <permission> <group> [--socket <file>] [--operator-key <file>]",
  summary: "Says why a person may or may not do something in a group; person and group by name, number or id.",
  async run(words, context) {
    const options = parseWords(words, context, { socket: { type: "string" }, "operator-key": { type: "string" } });
    const [person = "", permission = "", group = ""] = counted(options.words, 3);
    const bit = permission.toUpperCase();
    if (!isBit(bit))
      throw new UsageError(`there is no permission ${permission}; there are ${Object.keys(BITS).join(", ")}`);
    const lookup = { api: options.api, keyFile: options.values["operator-key"] ?? context.keyFile };
    const u = await personId(person, lookup);
    const g = await groupId(group, lookup);
    const path = options.values.socket ?? context.permissionSocket;
    await using permit = sidecarPermit({ path });
    const explanation = await permit.explain({ g, u, need: [bit], auth: Date.now(), minV: 0 });
    const { why } = explanation.answer;
    if (why === "UNKNOWN" || why === "STALE") {
      const because = explanation.because.map((line) => `: ${line}`).join("");
      throw new Failure(`the permission service on ${path} could not say${because}`);
    }
    context.stdout.write(told(person, bit, group, explanation));
    return 0;
  },
};

function told(person: string, bit: Bit, group: string, { answer, because }: Explanation): string {
  const verdict = answer.ok ? "may" : "may not";
  const why = answer.why === undefined ? "" : ` (${answer.why}${answer.bit === undefined ? "" : ` ${answer.bit}`})`;
  const lines = because.map((line) => `  ${line}`);
  return [`${person} ${verdict} ${bit} in ${group}${why}`, ...lines, `  permission version ${answer.v}`, ""].join("\n");
}

/** Digits are an id; anything else is a name. */
async function personId(word: string, { api, keyFile }: Lookup): Promise<number> {
  if (/^\d+$/.test(word)) return Number(word);
  return (await findPerson(api, await readOperatorKey(keyFile), word)).u;
}

/** Up to ten digits are a number if there is such a group, and an id otherwise. */
async function groupId(word: string, { api, keyFile }: Lookup): Promise<number> {
  const value = Number(word);
  if (!/^\d+$/.test(word) || !Number.isSafeInteger(value) || value === 0)
    throw new UsageError("a group is its number or its id");
  if (value > GROUP_NUMBER_MAX) return value;
  try {
    return (await findGroupByNumber(api, await readOperatorKey(keyFile), value)).g;
  } catch (error) {
    if (error instanceof GuildhallError && error.code === "NOT_FOUND") return value;
    throw error;
  }
}

function isBit(word: string): word is Bit {
  return Object.hasOwn(BITS, word);
}
