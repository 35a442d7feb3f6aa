import { createPublicKey, type KeyObject } from "node:crypto";
import { type Client, type Group, GuildhallError } from "@guildhall/client";
import { faultOf, NO_HASH } from "@guildhall/group";
import { sleep } from "@guildhall/kernel";
import type { AuditView } from "@guildhall/proto";
import { type Checkpoint, hashOfCheckpoint, readKey, signCheckpoint } from "../audit/checkpoint.ts";
import { addCheckpoint, readCheckpoints } from "../audit/checkpoints.ts";
import { sha256 } from "../audit/sha256.ts";
import { type Command, type Context, counted, Failure, parseWords, UsageError, wholeNumber } from "../command.ts";
import { findGroup, groupWord } from "../find-group.ts";
import { signedIn } from "../signed-in.ts";

type End = { readonly n: number; readonly hash: string };

const EVERY_MAX_S = 3_600;

export const auditSign: Command = {
  usage: "audit sign <group number or id> --key <file> --to <file> [--every <seconds>] [--as <name>]",
  summary: "Follows a group's acts from the last checkpoint to the newest, and signs where they end.",
  async run(words, context) {
    const text = { type: "string" } as const;
    const options = parseWords(words, context, { key: text, to: text, every: text, as: text });
    const [word = ""] = counted(options.words, 1);
    const { key: keyFile, to, every, as } = options.values;
    if (keyFile === undefined || to === undefined) throw new UsageError("--key and --to are needed");
    const everyS = every === undefined ? 0 : wholeNumber(every, "--every", 1, EVERY_MAX_S);
    const asked = groupWord(word);
    const key = await readKey(keyFile, "private");
    await using client = await signedIn(options, as);
    const group = await findGroup(client, asked);
    if (everyS === 0) return await signOnce(client, group, key, to, context);
    for (;;) {
      await signOnce(client, group, key, to, context).catch((error: unknown) => tellPassing(error, context));
      await sleep(everyS * 1_000);
    }
  },
};

/** What may pass is told, and tried again in the next round. */
function tellPassing(error: unknown, { stderr }: Context): void {
  if (!(error instanceof GuildhallError) || !error.retry) throw error;
  stderr.write(`not signed: ${error.message} (${error.code})\n`);
}

async function signOnce(
  client: Client,
  group: Group,
  key: KeyObject,
  to: string,
  { stdout }: Context,
): Promise<number> {
  const before = (await readCheckpoints(to, createPublicKey(key))).at(-1);
  if (before !== undefined && before.g !== group.g) throw new Failure(`${to} has checkpoints of another group`);
  const { n, hash } = await follow(group, before);
  if (n === (before?.n ?? 0)) {
    stdout.write(`nothing new: the acts end at ${n}:${hash}\n`);
    return 0;
  }
  const words = { g: group.g, n, hash, at: client.nowMs(), prev: hashOfCheckpoint(before) };
  await addCheckpoint(to, signCheckpoint(words, key));
  stdout.write(`signed: the acts end at ${n}:${hash}\n`);
  return 0;
}

/** Where the acts end now. @throws Failure when they do not go on where the last checkpoint says that they ended. */
async function follow(group: Group, before: Checkpoint | undefined): Promise<End> {
  let last: End = { n: before?.n ?? 0, hash: before?.hash ?? NO_HASH };
  for (;;) {
    const { acts, more, head } = await group.audit({ after: last.n });
    if (head.n < last.n) throw new Failure(`not signed: acts ${head.n + 1} to ${last.n} were there and are missing`);
    last = endOf(group.g, last, acts);
    if (head.n === last.n && head.hash !== last.hash) throw new Failure(`not signed: act ${head.n} has become another`);
    if (!more) return last;
    if (acts.length === 0) throw new Failure(`not signed: the server gave nothing after act ${last.n}`);
  }
}

function endOf(g: number, start: End, acts: readonly AuditView[]): End {
  let last = start;
  for (const act of acts) {
    const fault = faultOf(g, last, act, sha256);
    if (fault !== undefined) throw new Failure(`not signed: ${fault}`);
    last = act;
  }
  return last;
}
