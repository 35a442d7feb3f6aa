import { BUS_RIGHTS } from "@guildhall/wire";
import { natsAccounts } from "../../deploy/nats/accounts.ts";

export const SUBJECTS_PAGE = "docs/operate/subjects.md";
export const ACCOUNTS_FILE = "deploy/nats/accounts.conf";

const HEAD = `# Each service as a user with the rights it needs. Made by \`npm run docs\`: docs/operate/subjects.md says what for.\n`;

/** The file that nats-servers include. */
export const accountsFile = (): string => `${HEAD}${natsAccounts()}`;

const cell = (subjects: readonly string[]): string => subjects.map((subject) => `\`${subject}\``).join(" ");

/** The page's table of rights, a line a user. */
export function rightsTable(): string {
  const lines = Object.entries(BUS_RIGHTS).map(
    ([user, { publish, subscribe, answers }]) =>
      `| ${user} | ${cell(publish)} | ${cell(subscribe)} | ${answers ? "yes" : "no"} |`,
  );
  return lines.join("\n");
}

const TABLE = /(\| user \| publishes \| subscribes \| answers \|\n\| --- \| --- \| --- \| --- \|\n)(?:\|.*\n)*/;
const BLOCK = /```\n(?:#.*\n)?accounts \{\n[^]*?\n```/;

/** The page with the table and the configuration as they are now. */
export function subjectsPage(page: string): string {
  return page
    .replace(TABLE, (_, head: string) => `${head}${rightsTable()}\n`)
    .replace(BLOCK, () => `\`\`\`\n${natsAccounts()}\`\`\``);
}
