const LETTERS = "the quick brown fox jumps over the lazy dog and the cow over the moon, again and again: ";

/** A text of exactly `length` ASCII characters that says who sent it and which it is. At least 16. */
export function textOf(sender: number, number: number, length: number): string {
  const head = `${sender}/${number} `;
  return (head + LETTERS.repeat(Math.ceil(length / LETTERS.length))).slice(0, length);
}
