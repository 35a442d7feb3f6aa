/** Texts remembered; one that falls on another's place takes it. */
const PLACES = 1_024;
/** Offset basis and prime of FNV-1a, 32 bits. */
const FNV_BASIS = 2_166_136_261;
const FNV_PRIME = 16_777_619;

/**
 * Texts of ASCII that were read before, found by their bytes: most short ones come again and again, and finding one
 * costs less than making it anew.
 */
export class ShortTexts {
  readonly #texts: (string | undefined)[] = Array.from({ length: PLACES }, () => undefined);

  /** The text in these bytes; undefined where one of them is no ASCII. */
  read(bytes: Uint8Array, start: number, end: number): string | undefined {
    let hash = FNV_BASIS;
    let all = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      all |= byte;
      hash = Math.imul(hash ^ byte, FNV_PRIME);
    }
    if (all >= 0x80) return undefined;
    const place = (hash ^ (hash >>> 16)) & (PLACES - 1);
    const known = this.#texts[place];
    if (known !== undefined && says(known, bytes, start, end)) return known;
    // Applied, and not spread: that would make an object for each byte.
    const text = String.fromCharCode.apply(undefined, bytes.subarray(start, end) as unknown as number[]);
    this.#texts[place] = text;
    return text;
  }
}

function says(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = start; at < end; at++) if (text.charCodeAt(at - start) !== bytes[at]) return false;
  return true;
}
