import { signOut as signOutOver } from "@guildhall/client";
import { accessOf } from "../access.ts";
import { type Command, counted, parseWords } from "../command.ts";
import { forgetSession } from "../session-file.ts";

export const signOut: Command = {
  usage: "sign-out [--as <name>]",
  summary: "Signs out on this computer.",
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" } });
    counted(options.words, 0);
    const { session, access } = await accessOf(options, options.values.as);
    await signOutOver(options.api, access);
    await forgetSession(options.sessionFile, session.name);
    context.stdout.write(`signed out ${session.name}\n`);
    return 0;
  },
};
