import { changePassword } from "@guildhall/client";
import { accessOf } from "../access.ts";
import { type Command, counted, parseWords } from "../command.ts";
import { readPasswords } from "../password.ts";
import { renewSession } from "../session-file.ts";

export const password: Command = {
  usage: "password [--as <name>] [--password-stdin]",
  summary: "Changes your password and signs out your other devices; from standard input, the old one and the new one.",
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" }, "password-stdin": { type: "boolean" } });
    counted(options.words, 0);
    const { session, access } = await accessOf(options, options.values.as);
    const labels = ["old password", "new password"];
    const [old = "", next = ""] = await readPasswords(context, options.values["password-stdin"] === true, labels);
    const fresh = await changePassword(options.api, access, { old, new: next });
    await renewSession(options.sessionFile, { ...session, ...fresh, name: session.name });
    context.stdout.write("password changed; every other device is signed out\n");
    return 0;
  },
};
