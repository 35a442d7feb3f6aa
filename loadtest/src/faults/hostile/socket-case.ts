import type { Encoding } from "@guildhall/proto/tables";
import type { Person } from "../../driver/messages.ts";
import { Dialogue } from "./dialogue.ts";
import type { Ground } from "./ground.ts";
import type { Said } from "./said.ts";

/** What goes to the server at once, or so many bytes at a time; or that so many words are waited for first. */
export type Sent =
  | Uint8Array
  | { readonly bytes: Uint8Array; readonly stepBytes: number; readonly everyMs?: number }
  | { readonly words: number };

/** What a case may build its bytes from. */
export type Scene = { readonly ground: Ground; readonly person: Person };

/** Bytes in, words out. */
export type SocketCase = {
  /** Of the catalogue, such as `M3`; several cases may have the same. */
  readonly id: string;
  readonly what: string;
  readonly send: readonly Sent[] | ((scene: Scene) => readonly Sent[] | Promise<readonly Sent[]>);
  /** The words of the Dialogue with commas, all of them; other answers that will do behind ` | `. Empty: nothing is said. */
  readonly expect: string;
  readonly encoding?: Encoding;
  /** Whether `hello` has been said before; true where left out. */
  readonly greeted?: boolean;
  /** How many commands it commits in the ground's group; none where left out. */
  readonly commits?: number;
  /** The server can read nothing behind this, and ends it by itself within so many ms. */
  readonly endsWithinMs?: number;
};

const WAIT_MAX_MS = 5_000;

/** Carries a case out on a connection of its own. */
export async function runSocketCase(one: SocketCase, ground: Ground): Promise<Said> {
  const { encoding = "json", greeted = true } = one;
  const person = await ground.person();
  const dialogue = await Dialogue.open(ground.gateway, encoding);
  try {
    if (greeted) await dialogue.hello(person);
    const sent = typeof one.send === "function" ? await one.send({ ground, person }) : one.send;
    for (const piece of sent) {
      if (piece instanceof Uint8Array) dialogue.peer.write(piece);
      else if ("words" in piece) await heard(dialogue, piece.words);
      else await dialogue.peer.writeInSteps(piece.bytes, piece.stepBytes, piece.everyMs);
    }
    await hear(dialogue, one);
    return { words: dialogue.said.join(", "), replies: dialogue.replies };
  } finally {
    dialogue.peer.hangUp();
    ground.back(person);
  }
}

const heard = (dialogue: Dialogue, words: number): Promise<boolean> =>
  dialogue.peer.until(() => dialogue.said.length >= words || dialogue.over, WAIT_MAX_MS);

/** Waits until everything was said that is expected, and the server has read all we sent, or it is over. */
async function hear(dialogue: Dialogue, { expect, endsWithinMs }: SocketCase): Promise<void> {
  const { peer } = dialogue;
  if (endsWithinMs !== undefined) await peer.until(() => dialogue.over, endsWithinMs);
  else {
    const expected = wordsOf(expect);
    await dialogue.probe(WAIT_MAX_MS);
    await heard(dialogue, expected);
    // What nobody expects comes before the second pong, or is the answer of an owner and comes later.
    if (!dialogue.over) await dialogue.probe(WAIT_MAX_MS);
    if (/(^|, )(CLOSE|DROP)/.test(expect)) await peer.until(() => dialogue.over, WAIT_MAX_MS);
  }
  await dialogue.lastWord();
}

/** How many words the first of the expected answers has; a `DROP` is heard otherwise. */
function wordsOf(expect: string): number {
  const [first = ""] = expect.split(" | ");
  return first === "" ? 0 : first.split(", ").filter((word) => word !== "DROP").length;
}
