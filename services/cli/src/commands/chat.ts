import { type Group, GuildhallError } from "@guildhall/client";
import { chatIn } from "../chat/chat.ts";
import { openScreen, type Screen } from "../chat/screen.ts";
import { slashHelp } from "../chat/slash.ts";
import { type Command, counted, parseWords } from "../command.ts";
import { findGroup, groupWord } from "../find-group.ts";
import { signedIn } from "../signed-in.ts";

export const chat: Command = {
  usage: "chat <group number or id> [--as <name>]",
  summary: `Chats in a group. In it: ${slashHelp()}`,
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" } });
    const [word = ""] = counted(options.words, 1);
    const number = groupWord(word);
    await using client = await signedIn(options, options.values.as);
    await using screen = openScreen(context.stdin, context.stdout);
    const group = await findGroup(client, number);
    if (!(await enter(group, screen, context.stdin.isTTY === true))) return 1;
    await chatIn(client, group, screen);
    return 0;
  },
};

/** Makes sure of membership; a terminal is asked before joining. */
async function enter(group: Group, screen: Screen, asks: boolean): Promise<boolean> {
  const profile = await group.get();
  screen.print(`${profile.name} (${profile.number}), ${profile.members} members`);
  try {
    await group.subscribe();
    return true;
  } catch (error) {
    // To who is no member the group's lane is not there.
    if (!(error instanceof GuildhallError) || (error.code !== "NOT_MEMBER" && error.code !== "NOT_FOUND")) throw error;
  }
  if (asks && !/^y/i.test(await screen.ask("You are not a member. Join? [y/n] "))) return false;
  await group.join();
  return true;
}
