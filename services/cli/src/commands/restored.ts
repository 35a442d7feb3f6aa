import { type Command, counted, parseWords } from "../command.ts";

export const restored: Command = {
  usage: "restored",
  summary: "Begins a new epoch in every partition of a stopped cluster whose servers were put back to an older state.",
  async run(words, context) {
    counted(parseWords(words, context, {}).words, 0);
    // The drivers of all servers: only for who asks for them.
    const { beginAnew } = await import("../restored/begin-anew.ts");
    const { clusterConfig } = await import("../installation/settings.ts");
    const { begun, partitions } = await beginAnew(clusterConfig(context.settings));
    const others = partitions - begun;
    const rest = others === 0 ? "" : `; the other ${others} begin theirs at the start of the services, or are empty`;
    context.stdout.write(`epochs begun in ${begun} of ${partitions} partitions${rest}\n`);
    return 0;
  },
};
