import { findGroupByNumber, findPerson, GuildhallError } from "@guildhall/client";
import { sidecarPermit } from "@guildhall/permit/sidecar";
import { BITS, type Bit, commandSpec, type Explanation, type Question } from "@guildhall/proto";
import { changers } from "../changers.ts";
import { type Command, counted, Failure, parseWords, UsageError } from "../command.ts";
import { readOperatorKey } from "../private-file.ts";

const GROUP_NUMBER_MAX = 9_999_999_999;

type Lookup = { readonly api: string; readonly keyFile: string };

export const explain: Command = {
  usage: "explain <person> <permission or command> <group> [--on <person>] [--socket <file>] [--operator-key <file>]",
  summary:
    "Says why a person may or may not do something in a group, and who could change that; people and groups by name, number or id.",
  async run(words, context) {
    const options = parseWords(words, context, {
      socket: { type: "string" },
      "operator-key": { type: "string" },
      on: { type: "string" },
    });
    const [person = "", permission = "", group = ""] = counted(options.words, 3);
    const what = wanted(permission);
    const lookup = { api: options.api, keyFile: options.values["operator-key"] ?? context.keyFile };
    const u = await personId(person, lookup);
    const g = await groupId(group, lookup);
    const path = options.values.socket ?? context.permissionSocket;
    await using permit = sidecarPermit({ path });
    const on = options.values.on === undefined ? {} : { on: await personId(options.values.on, lookup) };
    const explanation = await permit.explain({ g, u, ...what, ...on, auth: Date.now(), minV: 0 });
    const { why } = explanation.answer;
    if (why === "UNKNOWN" || why === "STALE") {
      const because = explanation.because.map((line) => `: ${line}`).join("");
      throw new Failure(`the permission service on ${path} could not say${because}`);
    }
    context.stdout.write(told(person, permission, group, explanation));
    return 0;
  },
};

function told(person: string, what: string, group: string, { answer, because, cause }: Explanation): string {
  const verdict = answer.ok ? "may" : "may not";
  const about = answer.bit ?? answer.axis;
  const why = answer.why === undefined ? "" : ` (${answer.why}${about === undefined ? "" : ` ${about}`})`;
  const lines = because.map((line) => `  ${line}`);
  if (cause !== undefined) lines.push(`  ${changers(cause)}`);
  return [`${person} ${verdict} ${what} in ${group}${why}`, ...lines, `  permission version ${answer.v}`, ""].join(
    "\n",
  );
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

/** A permission by its name, or all that a command of a group needs. */
function wanted(word: string): Pick<Question, "need" | "ownerOnly" | "dangerous" | "axis"> {
  const bit = word.toUpperCase();
  if (isBit(bit)) return { need: [bit] };
  const spec = commandSpec(word);
  if (spec?.entity !== "group") {
    throw new UsageError(
      `there is no permission and no command of a group ${word}; there are ${Object.keys(BITS).join(", ")}`,
    );
  }
  return {
    need: spec.bit === undefined ? [] : [spec.bit],
    ...(spec.ownerOnly === true ? { ownerOnly: true } : {}),
    ...(spec.dangerous === true ? { dangerous: true } : {}),
    ...(spec.axis === undefined ? {} : { axis: spec.axis }),
  };
}

function isBit(word: string): word is Bit {
  return Object.hasOwn(BITS, word);
}
