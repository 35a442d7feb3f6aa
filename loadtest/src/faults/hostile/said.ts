/** What the server said to a case. */
export type Said = {
  readonly words: string;
  /** Its replies as text, to look for what must not be in them. */
  readonly replies: readonly string[];
};

type Expecting = { readonly id: string; readonly what: string; readonly expect: string };

/** Stack traces, paths and what the process is built of: nothing of it is a client's business. */
const INSIDES =
  /\bat [^\n]*:\d+:\d+|node_modules|node:internal|\.(?:ts|mjs|cjs):\d|(?:^|[\s"'(])\/(?:home|root|usr|tmp|var|work|srv|opt)\/|HPE_|ECONN|EADDR|AppError|TypeError|FastifyError|libuv|127\.0\.0\.1|localhost/;

/** What is wrong with an answer, each in a sentence. */
export function faultsOf({ id, what, expect }: Expecting, { words, replies }: Said): string[] {
  const faults: string[] = [];
  if (!expect.split(" | ").includes(words)) faults.push(`${id} ${what}: "${words}" instead of "${expect}"`);
  const inside = replies.map((reply) => INSIDES.exec(reply)?.[0]).find((found) => found !== undefined);
  if (inside !== undefined) faults.push(`${id} ${what}: the reply shows our insides: ${inside}`);
  return faults;
}

/** Does `work` for each of `items`, so many at a time, and hands back the results in order. */
export async function inLanes<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  }
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return results;
}
