/** A pictograph, with a presentation, a skin tone or the tags of a subdivision. */
const PICTURE = String.raw`\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:[\u{E0020}-\u{E007E}]+\u{E007F})?`;
const FLAG = String.raw`\p{Regional_Indicator}{2}`;
const KEYCAP = String.raw`[0-9#*]\uFE0F?\u20E3`;
const EMOJI = new RegExp(`^(?:${FLAG}|${KEYCAP}|${PICTURE}(?:\\u200D${PICTURE})*)$`, "u");

/** Whether a text is one emoji: a pictograph or several joined, a flag, or a keycap. */
export function isEmoji(text: string): boolean {
  return EMOJI.test(text);
}
