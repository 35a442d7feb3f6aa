/**
 * The end of the character that begins at `at` with a byte of 0x80 or more, or −1 where that is not strict
 * UTF-8: overlong forms, surrogates and what lies beyond U+10FFFF are not.
 */
export function endOfCharacter(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0;
  const next = at + lengthOf(lead);
  if (next === at || next > end) return -1;
  const second = bytes[at + 1] ?? 0;
  if (second < leastSecond(lead) || second > mostSecond(lead)) return -1;
  for (let i = at + 2; i < next; i++) if (((bytes[i] ?? 0) & 0xc0) !== 0x80) return -1;
  return next;
}

/** Bytes of a character by its first; 0 for a byte that begins none. */
function lengthOf(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** After 0xe0 and 0xf0 a lower one would be an overlong form. */
function leastSecond(lead: number): number {
  if (lead === 0xe0) return 0xa0;
  return lead === 0xf0 ? 0x90 : 0x80;
}

/** After 0xed a higher one would be a surrogate, after 0xf4 beyond U+10FFFF. */
function mostSecond(lead: number): number {
  if (lead === 0xed) return 0x9f;
  return lead === 0xf4 ? 0x8f : 0xbf;
}
