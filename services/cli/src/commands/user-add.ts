import { type Command, parseWords, UsageError, wholeNumber } from "../command.ts";
import { addInBatches } from "../people-batch.ts";
import { readOperatorKey, writePrivate } from "../private-file.ts";
import { type NamedSession, saveSession } from "../session-file.ts";

const COUNT_MAX = 100_000;
/** People kept in the session file at once; for more there is --tokens. */
const KEPT_MAX = 100;

export const userAdd: Command = {
  usage: "user add [name…] [--count <n> --prefix <p>] [--tokens <file>] [--operator-key <file>]",
  summary: "Adds people without passwords; their tokens go to the file (JSON lines) or into the session file.",
  async run(words, context) {
    const options = parseWords(words, context, {
      count: { type: "string" },
      prefix: { type: "string" },
      tokens: { type: "string" },
      "operator-key": { type: "string" },
    });
    const { count, prefix, tokens } = options.values;
    const names = [...options.words, ...numbered(prefix, count)];
    if (names.length === 0) throw new UsageError("nobody is named");
    if (tokens === undefined && names.length > KEPT_MAX)
      throw new UsageError(`more than ${KEPT_MAX} people need --tokens`);
    const key = await readOperatorKey(options.values["operator-key"] ?? context.keyFile);
    const { added, refused } = await addInBatches(options.api, key, names);
    if (tokens !== undefined) await writePrivate(tokens, added.map(tokenLine).join(""));
    else for (const session of added) await saveSession(options.sessionFile, session);
    for (const { name, code } of refused) context.stderr.write(`${name} was not added: ${code}\n`);
    context.stdout.write(`${added.length} added; tokens in ${tokens ?? options.sessionFile}\n`);
    return refused.length === 0 ? 0 : 1;
  },
};

function numbered(prefix: string | undefined, count: string | undefined): string[] {
  if (prefix === undefined && count === undefined) return [];
  if (prefix === undefined || count === undefined) throw new UsageError("--count and --prefix go together");
  const length = wholeNumber(count, "--count", 1, COUNT_MAX);
  return Array.from({ length }, (_, at) => `${prefix}${at + 1}`);
}

function tokenLine({ u, name, access, refresh, dev }: NamedSession): string {
  return `${JSON.stringify({ u, name, access, refresh, dev })}\n`;
}
