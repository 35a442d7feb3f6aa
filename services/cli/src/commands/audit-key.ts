import { generateKeyPairSync } from "node:crypto";
import { type Command, counted, Failure, parseWords } from "../command.ts";
import { readText, writePrivate } from "../private-file.ts";

export const auditKey: Command = {
  usage: "audit key <file>",
  summary: "Makes the key that signs checkpoints of acts, and <file>.pub, which checks them.",
  async run(words, context) {
    const options = parseWords(words, context, {});
    const [file = ""] = counted(options.words, 1);
    if ((await readText(file)) !== undefined)
      throw new Failure(`${file} is there already: another key needs another file`);
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    await writePrivate(`${file}.pub`, publicKey.export({ type: "spki", format: "pem" }).toString());
    await writePrivate(file, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    context.stdout.write(`keep ${file} where the servers cannot read it; ${file}.pub is for everybody who checks\n`);
    return 0;
  },
};
