/** Of letters that are drawn alike the one that stands for all: Cyrillic, Greek and Latin ones, digits among them. */
const DRAWN_ALIKE: ReadonlyMap<string, string> = new Map(
  [
    "aаαɑ",
    "bЬьвβ",
    "cсϲ",
    "dԁ",
    "eеєεҽ",
    "gɡ",
    "hһнη",
    "jјϳ",
    "kкκ",
    "li1ιіıӏ|ǀ",
    "mм",
    "nп",
    "o0оοօσ",
    "pрρ",
    "qԛ",
    "rг",
    "sѕ",
    "tтτ",
    "uυս",
    "vνѵ",
    "wԝω",
    "xхχ",
    "yуγү",
    "zᴢ",
  ].flatMap((alike) => Array.from(alike, (letter): [string, string] => [letter, alike.charAt(0)])),
);

/** What a reader does not tell letters by: marks on them, spaces, punctuation, and what does not show. */
const PASSED_OVER = /[\u0300-\u036f\p{Z}\p{P}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/**
 * Whether somebody could take one name for the other: they differ by no more than case, width, accents, spaces,
 * punctuation, or letters that are drawn alike. Words of the same meaning, and of other scripts, are other names.
 */
export function isLookAlike(one: string, other: string): boolean {
  const bones = bonesOf(one);
  return bones === bonesOf(other) && (bones !== "" || one.trim() === other.trim());
}

function bonesOf(name: string): string {
  const letters = name.normalize("NFKD").toLowerCase().replace(PASSED_OVER, "");
  return Array.from(letters, (letter) => DRAWN_ALIKE.get(letter) ?? letter).join("");
}
