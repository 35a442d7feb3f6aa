import { type Command, counted, parseWords } from "../command.ts";

export const doctor: Command = {
  usage: "doctor [--data <folder> | --cluster] [--json]",
  summary: "Looks at an installation, embedded or a cluster, and says what is wrong and how to mend it.",
  async run(words, context) {
    const options = parseWords(words, context, {
      data: { type: "string" },
      cluster: { type: "boolean" },
      json: { type: "boolean" },
    });
    counted(options.words, 0);
    const { data = context.dataFolder, cluster, json } = options.values;
    // The drivers of all servers: only for who asks for them.
    const { examine } = await import("../doctor/examine.ts");
    const { asJson, asText, isWell } = await import("../doctor/finding.ts");
    const { diagnosis, secrets } = await examine(cluster === true ? undefined : data, context.settings);
    context.stdout.write(json === true ? asJson(diagnosis, secrets) : asText(diagnosis, secrets));
    return isWell(diagnosis) ? 0 : 1;
  },
};
