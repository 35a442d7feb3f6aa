import { textOf } from "../workload/speaker.ts";

/** A message under its nonce. `who`: which of the people says it. `s`: where it was answered to stand; while that is absent nobody knows whether it does. */
export type Said = {
  readonly who: number;
  readonly g: number;
  readonly n: Uint8Array;
  readonly text: string;
  s?: number;
};

/** What a group is when read from 1 to its end: its epoch, its head, and every message by its seq. */
export type Known = {
  readonly g: number;
  readonly ep: number;
  readonly head: number;
  readonly texts: ReadonlyMap<number, string>;
};

export const wordsOf = (name: string, g: number): string => textOf(name, g, { textLength: 80, filler: "restored " });

/** What is wrong with a group of which all of `said` must be there, and nothing else, each sentence once. */
export function wrongIn({ g, texts }: Known, said: readonly Said[]): string[] {
  const wrong: string[] = [];
  const mine = new Map(said.filter((one) => one.g === g).map((one) => [one.text, one]));
  for (const { text, s } of mine.values())
    if (s !== undefined && texts.get(s) !== text)
      wrong.push(`seq ${s} of ${g} is ${texts.get(s) ?? "no message"}, not ${text}`);
  const placed = new Map<string, number>();
  for (const [s, text] of texts) {
    const known = mine.get(text);
    if (known === undefined) wrong.push(`${text} stands at ${s}, and must be gone`);
    if (placed.has(text)) wrong.push(`${text} stands at ${placed.get(text)} and at ${s}`);
    placed.set(text, s);
  }
  return wrong;
}
