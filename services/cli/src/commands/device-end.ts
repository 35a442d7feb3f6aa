import { type Device, endDevice, endOtherDevices, listDevices } from "@guildhall/client";
import { accessOf } from "../access.ts";
import { type Command, counted, Failure, parseWords } from "../command.ts";
import { forgetSession } from "../session-file.ts";

export const deviceEnd: Command = {
  usage: "device end <device | --others> [--as <name>]",
  summary: "Signs out one of your devices, by its id or the beginning of it, or all others; their connections close.",
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" }, others: { type: "boolean" } });
    const others = options.values.others === true;
    const [word = ""] = counted(options.words, others ? 0 : 1);
    const { session, access } = await accessOf(options, options.values.as);
    if (others) {
      await endOtherDevices(options.api, access);
      context.stdout.write("every other device is signed out\n");
      return 0;
    }
    const { dev, here } = named(await listDevices(options.api, access), word);
    await endDevice(options.api, access, dev);
    if (here) await forgetSession(options.sessionFile, session.name);
    context.stdout.write(`${dev} is signed out\n`);
    return 0;
  },
};

/** @throws Failure when no device, or more than one, begins so. */
function named(devices: readonly Device[], word: string): Device {
  const [found, second] = devices.filter(({ dev }) => dev.startsWith(word));
  if (found === undefined) throw new Failure(`you are signed in on no device ${word}: see "guildhall device list"`);
  if (second !== undefined) throw new Failure(`more than one device begins with ${word}`);
  return found;
}
