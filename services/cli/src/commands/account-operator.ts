import type { PersonView } from "@guildhall/proto";
import { GRADES, type Grade } from "@guildhall/proto/tables";
import { type Command, counted, parseWords, UsageError } from "../command.ts";
import { signedIn } from "../signed-in.ts";

export const accountOperator: Command = {
  usage: "account operator <account id> <person> <grade>|none [--why <reason>] [--as <name>]",
  summary: `Lets a person act for an account with a grade, or no more. Grades: ${GRADES.join(", ")}.`,
  async run(words, context) {
    const options = parseWords(words, context, { as: { type: "string" }, why: { type: "string" } });
    const [a = "", person = "", grade = ""] = counted(options.words, 3);
    if (grade !== "none" && !isGrade(grade))
      throw new UsageError(`the grade must be none or one of ${GRADES.join(", ")}`);
    await using client = await signedIn(options, options.values.as);
    const { u } = (await client.ask("person.find", { name: person })) as PersonView;
    const account = client.account(Number(a));
    if (isGrade(grade)) await account.setOperator(u, grade, options.values.why);
    else await account.removeOperator(u, options.values.why);
    context.stdout.write(`${person}: ${grade}\n`);
    return 0;
  },
};

function isGrade(word: string): word is Grade {
  return GRADES.some((grade) => grade === word);
}
