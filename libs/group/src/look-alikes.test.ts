import { expect, test } from "vitest";
import { isLookAlike } from "./look-alikes.ts";

test.each([
  ["another case", "BOOK CLUB"],
  ["no space", "bookclub"],
  ["other spaces", "Book\u2003 Club"],
  ["punctuation", "Book-Club!"],
  ["full width", "Ｂｏｏｋ Ｃｌｕｂ"],
  ["an accent", "Böok Clüb"],
  ["mathematical letters", "𝐁𝐨𝐨𝐤 𝐂𝐥𝐮𝐛"],
  ["Cyrillic letters", "Воок Сlub"],
  ["Greek letters", "Βοοκ Clυb"],
  ["digits and I for l", "B00k CIub"],
  ["what does not show", "Book\u200b Cl\u00adub\u2060"],
])("takes a name for the group's with %s", (_, nick) => {
  expect(isLookAlike(nick, "Book Club")).toBe(true);
  expect(isLookAlike("Book Club", nick)).toBe(true);
});

test.each(["Book", "Book Clubs", "Cook Club", "Ann", ""])("leaves %j alone", (nick) => {
  expect(isLookAlike(nick, "Book Club")).toBe(false);
});

test("names of other scripts are told apart by their letters, and those of signs alone by all of it", () => {
  expect(isLookAlike("读书会", "读书会 ")).toBe(true);
  expect(isLookAlike("读书社", "读书会")).toBe(false);
  expect(isLookAlike("!!", "!!")).toBe(true);
  expect(isLookAlike("!?", "!!")).toBe(false);
});
