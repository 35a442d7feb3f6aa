import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { faultOf, NO_HASH } from "@guildhall/group";
import type { AuditView } from "@guildhall/proto";
import { type Checkpoint, readKey } from "../audit/checkpoint.ts";
import { readCheckpoints } from "../audit/checkpoints.ts";
import { sha256 } from "../audit/sha256.ts";
import { type Command, counted, Failure, parseWords, UsageError } from "../command.ts";

type Line = AuditView & { readonly g: number };
type End = { readonly n: number; readonly hash: string };

const MARK = /^(\d+):([0-9a-f]{64})$/;

export const auditVerify: Command = {
  usage: "audit verify <file> [--after <number>:<hash>] [--end <number>:<hash>] [--checkpoints <file> --public <file>]",
  summary: "Checks an export of acts without a server: nothing may be changed, missing, added or moved.",
  async run(words, context) {
    const text = { type: "string" } as const;
    const asked = { after: text, end: text, checkpoints: text, public: text };
    const options = parseWords(words, context, asked);
    const [file = ""] = counted(options.words, 1);
    const { after, end, checkpoints, public: key } = options.values;
    if ((checkpoints === undefined) !== (key === undefined))
      throw new UsageError("--checkpoints and --public go together");
    const start = after === undefined ? { n: 0, hash: NO_HASH } : markOf(after, "--after");
    const signed =
      checkpoints === undefined || key === undefined
        ? []
        : await readCheckpoints(checkpoints, await readKey(key, "public"));
    const last = await follow(file, start, signed);
    if (end !== undefined) compare(last, markOf(end, "--end"));
    context.stdout.write(
      `acts ${start.n + 1} to ${last.n} are as they were recorded; the end is ${last.n}:${last.hash}\n`,
    );
    const newest = signed.at(-1);
    if (newest !== undefined)
      context.stdout.write(
        `they agree with ${signed.length} checkpoints, the newest of ${new Date(newest.at).toISOString()} at act ${newest.n}\n`,
      );
    return 0;
  },
};

/** Where the acts of a file end. @throws Failure for the first that does not follow the one before, or was signed as another. */
async function follow(file: string, start: End, signed: readonly Checkpoint[]): Promise<End> {
  const hashes = new Map(signed.map(({ n, hash }) => [n, hash]));
  let [last, group]: [End, number | undefined] = [start, signed[0]?.g];
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const line = lineOf(text, number);
    group ??= line.g;
    const fault = line.g === group ? faultOf(group, last, line, sha256) : `act ${line.n} is of another group`;
    if (fault !== undefined) throw new Failure(`line ${number}: ${fault}`);
    if ((hashes.get(line.n) ?? line.hash) !== line.hash)
      throw new Failure(`line ${number}: act ${line.n} is not what was signed`);
    last = { n: line.n, hash: line.hash };
  }
  if (last.n === start.n) throw new Failure(`${file} has no acts`);
  const newest = signed.at(-1);
  if (newest !== undefined && last.n < newest.n)
    throw new Failure(`acts ${last.n + 1} to ${newest.n} were signed and are missing at the end`);
  return last;
}

function lineOf(text: string, number: number): Line {
  try {
    const line = JSON.parse(text) as Line | null;
    if (typeof line?.n === "number" && typeof line.g === "number" && typeof line.hash === "string") return line;
  } catch {
    // Said below.
  }
  throw new Failure(`line ${number} is no act`);
}

function compare(last: End, end: End): void {
  if (last.n < end.n) throw new Failure(`acts ${last.n + 1} to ${end.n} are missing at the end`);
  if (last.n > end.n || last.hash !== end.hash)
    throw new Failure(`the end is ${last.n}:${last.hash}, not what was noted`);
}

function markOf(word: string, name: string): End {
  const [, n, hash] = MARK.exec(word) ?? [];
  if (n === undefined || hash === undefined)
    throw new Failure(`${name} takes a number and a hash with a colon between`);
  return { n: Number(n), hash };
}
