import { type Command, counted, parseWords } from "../command.ts";
import { signedIn } from "../signed-in.ts";

export const accountList: Command = {
  usage: "account list [--as <name>]",
  summary: "Lists the accounts you act for, each with its operators and groups.",
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" } });
    counted(options.words, 0);
    await using client = await signedIn(options, options.values.as);
    for (const { a, name, grade } of await client.accounts()) {
      const { operators, groups } = await client.account(a).get();
      const people = await client.people(operators.map(([u]) => u));
      const nameOf = new Map(people.map((person) => [person.u, person.name]));
      const acting = operators.map(([u, of]) => `${nameOf.get(u) ?? `#${u}`} (${of})`).join(", ");
      context.stdout.write(`${name}  (id ${a}), you: ${grade}\n  operators: ${acting}\n  groups: ${groups.length}\n`);
    }
    return 0;
  },
};
