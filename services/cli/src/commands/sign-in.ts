import { signIn as signInOver } from "@guildhall/client";
import { type Command, counted, parseWords } from "../command.ts";
import { readPassword } from "../password.ts";
import { saveSession } from "../session-file.ts";

export const signIn: Command = {
  usage: "sign-in <name> [--password-stdin]",
  summary: "Signs in on this computer; the session is kept in the session file.",
  async run(words, context) {
    const options = parseWords(words, context, { "password-stdin": { type: "boolean" } });
    const [name = ""] = counted(options.words, 1);
    const password = await readPassword(context, options.values["password-stdin"] === true);
    const session = await signInOver(options.api, { name, password });
    await saveSession(options.sessionFile, { ...session, name });
    context.stdout.write(`signed in as ${name}\n`);
    return 0;
  },
};
