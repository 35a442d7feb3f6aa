import type { Ground } from "./ground.ts";
import { Peer } from "./peer.ts";
import type { Said } from "./said.ts";

/** Bytes, or how they go: so many at a time, with a pause between. */
export type PlainSent =
  | Buffer
  | string
  | { readonly bytes: Buffer | string; readonly stepBytes: number; readonly everyMs: number };

/** Bytes to a port, and the HTTP answers to them: `HTTP 400`, and `DROP` for an end without one. Empty: silence. */
export type PlainCase = {
  readonly id: string;
  readonly what: string;
  readonly to: "gateway" | "api";
  readonly send: readonly PlainSent[] | ((ground: Ground) => readonly PlainSent[]);
  /** As of a SocketCase. */
  readonly expect: string;
  /** How long the answers may take. */
  readonly withinMs?: number;
  /** What must be in the answer, and what must not. */
  readonly has?: RegExp;
  readonly hasNot?: RegExp;
};

const WITHIN_MS = 5_000;
/** How long is waited for more than was expected. */
const MORE_MS = 30;
const REPLY_MAX_CHARS = 4_096;

export async function runPlainCase(one: PlainCase, ground: Ground): Promise<Said> {
  const peer = await Peer.open(one.to === "gateway" ? ground.gateway : ground.api);
  let heard = "";
  peer.onBytes = (bytes) => {
    heard += bytes.toString("latin1");
  };
  const statuses = (): string[] => [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => `HTTP ${status}`);
  const wanted = one.expect.split(" | ")[0]?.split(", ").length ?? 1;
  try {
    const startedMs = performance.now();
    const sent = typeof one.send === "function" ? one.send(ground) : one.send;
    const writing = write(peer, sent);
    const leftMs = (): number => Math.max(0, (one.withinMs ?? WITHIN_MS) - (performance.now() - startedMs));
    await peer.until(() => statuses().length >= wanted || peer.end !== undefined, leftMs());
    await peer.until(() => statuses().length > wanted || peer.end !== undefined, MORE_MS);
    peer.hangUp();
    await writing;
    const words = statuses();
    const said = words.length === 0 && peer.end !== undefined ? ["DROP"] : words;
    if (one.has !== undefined && !one.has.test(heard)) said.push(`without ${one.has}`);
    if (one.hasNot?.test(heard) === true) said.push(`with ${one.hasNot}`);
    return { words: said.join(", "), replies: [heard.slice(0, REPLY_MAX_CHARS)] };
  } finally {
    peer.hangUp();
  }
}

async function write(peer: Peer, sent: readonly PlainSent[]): Promise<void> {
  for (const piece of sent) {
    if (typeof piece === "string" || Buffer.isBuffer(piece)) peer.write(latin1(piece));
    else await peer.writeInSteps(latin1(piece.bytes), piece.stepBytes, piece.everyMs);
  }
}

/** A character is a byte. */
function latin1(bytes: Buffer | string): Buffer {
  return typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
}
