import { listDevices } from "@guildhall/client";
import { accessOf } from "../access.ts";
import { type Command, counted, parseWords } from "../command.ts";

export const deviceList: Command = {
  usage: "device list [--as <name>]",
  summary: "Lists where you are signed in.",
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" } });
    counted(options.words, 0);
    const { access } = await accessOf(options, options.values.as);
    for (const { dev, app, at, seen, here } of await listDevices(options.api, access)) {
      const program = app === "" ? "unnamed program" : app;
      const mark = here ? "  (this one)" : "";
      context.stdout.write(`${dev}  ${program}  since ${timeOf(at)}, renewed ${timeOf(seen)}${mark}\n`);
    }
    return 0;
  },
};

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
