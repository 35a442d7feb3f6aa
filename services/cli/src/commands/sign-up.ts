import { signUp as signUpOver } from "@guildhall/client";
import { type Command, counted, parseWords } from "../command.ts";
import { readPassword } from "../password.ts";
import { saveSession } from "../session-file.ts";

export const signUp: Command = {
  usage: "sign-up <name> [--password-stdin]",
  summary: "Makes you a person here: a name of 3 to 32 of a-z, 0-9 and _, and a password of at least 8 bytes.",
  async run(words, context) {
    const options = parseWords(words, context, { "password-stdin": { type: "boolean" } });
    const [name = ""] = counted(options.words, 1);
    const password = await readPassword(context, options.values["password-stdin"] === true);
    const session = await signUpOver(options.api, { name, password });
    await saveSession(options.sessionFile, { ...session, name });
    context.stdout.write(`signed up and in as ${name}\n`);
    return 0;
  },
};
