import { badArgs } from "./bad-args.ts";
import { isLookAlike } from "./look-alikes.ts";

/** Control characters, line and paragraph separators, and what turns the direction of the text around it. */
const UNFIT = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
/** Nothing of it shows: white space, format characters, fillers, the blank Braille cell. */
const INVISIBLE = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/**
 * A name as it is kept: without white space at its ends.
 * @throws AppError `BAD_ARGS` with `d.path` when nothing of it shows or it holds what may not be in a name.
 */
export function nameOf(text: string, path: string): string {
  if (UNFIT.test(text)) throw badArgs(path, "has control or direction characters");
  if (INVISIBLE.test(text)) throw badArgs(path, "is empty");
  return text.trim();
}

/**
 * A nickname as it is kept in the group of this name; spaces alone are none.
 * @throws as `nameOf`, and where it could be taken for the group's.
 */
export function nicknameOf(text: string, path: string, group: string): string {
  if (/^ *$/.test(text)) return "";
  const nick = nameOf(text, path);
  if (isLookAlike(nick, group)) throw badArgs(path, "looks like the group's name");
  return nick;
}

/** Tags as they are kept, in the order given. @throws as `nameOf`, and for a tag that is there twice. */
export function tagsOf(texts: readonly string[]): string[] {
  const tags: string[] = [];
  for (const [index, text] of texts.entries()) {
    const path = `/tags/${index}`;
    const tag = nameOf(text, path);
    if (tags.includes(tag)) throw badArgs(path, "is there twice");
    tags.push(tag);
  }
  return tags;
}
