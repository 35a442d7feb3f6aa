import { type Command, counted, parseWords, UsageError } from "../command.ts";
import type { Moved } from "../move/move.ts";

export const move: Command = {
  usage: "move [--data <folder>] | move --to <folder>",
  summary:
    "Moves a stopped embedded installation to an empty cluster, or a stopped cluster to a new folder, and compares.",
  async run(words, context) {
    const options = parseWords(words, context, { data: { type: "string" }, to: { type: "string" } });
    counted(options.words, 0);
    const { data, to } = options.values;
    if (data !== undefined && to !== undefined) throw new UsageError("--data and --to are two directions: choose one");
    // The drivers of all servers: only for who asks for them.
    const { toCluster, toFolder } = await import("../move/directions.ts");
    const { clusterConfig } = await import("../installation/settings.ts");
    const config = clusterConfig(context.settings);
    const progress = (news: string): void => void context.stderr.write(`${news}\n`);
    const from = data ?? context.dataFolder;
    const moved = to === undefined ? await toCluster(from, config, progress) : await toFolder(to, config, progress);
    context.stdout.write(summary(moved, to === undefined ? toClusterNext(from) : toFolderNext(to)));
    return 0;
  },
};

function summary({ partitions, records, tables, rows, timelines }: Moved, next: readonly string[]): string {
  return [
    `moved, and the same on both sides: ${records} records in ${partitions} partitions, ${rows} rows in ${tables} tables, ${timelines} timelines`,
    ...next,
    "",
  ].join("\n");
}

function toClusterNext(folder: string): string[] {
  return [
    `next: give the api service ${folder}/token-key.json and ${folder}/operator.json; without the first everybody signs in again`,
    `      start the services; do not start a server on ${folder} again, and keep it until you trust the cluster`,
  ];
}

function toFolderNext(folder: string): string[] {
  return [
    `next: put the api service's token-key.json and operator.json into ${folder}, for their owner only; without the first everybody signs in again`,
    `      GUILDHALL_DATA=${folder} npm start; do not start the cluster's services again, and keep its data until you trust the folder`,
  ];
}
