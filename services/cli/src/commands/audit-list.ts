import type { Client } from "@guildhall/client";
import type { AuditView } from "@guildhall/proto";
import { Names } from "../chat/names.ts";
import { clean } from "../chat/render.ts";
import { type Command, counted, parseWords, wholeNumber } from "../command.ts";
import { findGroup, groupWord } from "../find-group.ts";
import { signedIn } from "../signed-in.ts";

const LINES = 20;
/** Pages looked through for acts that are asked for. */
const PAGES_MAX = 20;

export const auditList: Command = {
  usage:
    "audit list <group number or id> [--lines <number>] [--by <id>] [--on <id>] [--action <method>] [--role <id>] [--why <reason>] [--as <name>]",
  summary: "Shows a group's newest acts of power: who did what to whom, and what it changed.",
  async run(words, context) {
    const text = { type: "string" } as const;
    const asked = { lines: text, by: text, on: text, action: text, role: text, why: text, as: text };
    const options = parseWords(words, context, asked);
    const [word = ""] = counted(options.words, 1);
    const { lines, by, on, action, role } = options.values;
    const group = groupWord(word);
    const count = wholeNumber(lines ?? String(LINES), "--lines", 1, 100);
    const id = (value: string, name: string) => wholeNumber(value, name, 1, Number.MAX_SAFE_INTEGER);
    const wanted = {
      ...(by === undefined ? {} : { u: id(by, "--by") }),
      ...(on === undefined ? {} : { on: id(on, "--on") }),
      ...(role === undefined ? {} : { role: id(role, "--role") }),
      ...(action === undefined ? {} : { m: action }),
    };
    await using client = await signedIn(options, options.values.as);
    const found = await findGroup(client, group);
    const acts: AuditView[] = [];
    let before = Number.MAX_SAFE_INTEGER;
    for (let pages = 0; pages < PAGES_MAX && acts.length < count; pages++) {
      const page = await found.audit({ ...wanted, before, lim: count - acts.length }, options.values.why);
      acts.push(...page.acts);
      if (!page.more) break;
      before = page.next;
    }
    context.stdout.write(await told(client, acts.reverse()));
    return 0;
  },
};

async function told(client: Client, acts: readonly AuditView[]): Promise<string> {
  const names = new Names(client);
  await names.know(acts.flatMap(({ u, on }) => [u, on]));
  return acts.map((act) => `${clean(lineOf(act, names))}\n`).join("");
}

function lineOf({ n, at, u, owner, roles, m, on, before, after, why, refused }: AuditView, names: Names): string {
  const office = owner ? "owner" : `roles ${roles.join(", ") || "none"}`;
  const whom = on === 0 ? "" : ` on ${names.of(on)}`;
  const change = refused === "" ? `${JSON.stringify(before)} → ${JSON.stringify(after)}` : `refused, ${refused}`;
  return `${n}  ${new Date(at).toISOString()}  ${names.of(u)} (${office}) ${m}${whom}: ${change}${why === "" ? "" : ` (${why})`}`;
}
