const DIGITS = 10;
const LETTERS = "abcdefghijklmnopqrstuvwxyz 0123456789 ";
/** Fillings by their length: as many as there are lengths in a run. */
const fillings = new Map<number, string>();

function filling(length: number): string {
  let text = fillings.get(length);
  if (text === undefined) {
    text = LETTERS.repeat(Math.ceil(length / LETTERS.length)).slice(0, length);
    fillings.set(length, text);
  }
  return text;
}

/** Message `number`, of exactly `bytes` ASCII characters; at least 10. */
export function numberedText(number: number, bytes: number): string {
  return String(number).padStart(DIGITS, "0") + filling(bytes - DIGITS);
}

/** Which message it is, or nothing when a single character of it is another. */
export function numberIn(text: string): number | undefined {
  const head = text.slice(0, DIGITS);
  return /^\d{10}$/.test(head) && text.endsWith(filling(text.length - DIGITS)) ? Number(head) : undefined;
}
