import { GuildhallError } from "@guildhall/client";
import type { Command, Context } from "./command.ts";
import { Failure, UsageError } from "./command.ts";
import { accountAdopt } from "./commands/account-adopt.ts";
import { accountAnnounce } from "./commands/account-announce.ts";
import { accountCreate } from "./commands/account-create.ts";
import { accountList } from "./commands/account-list.ts";
import { accountOperator } from "./commands/account-operator.ts";
import { auditExport } from "./commands/audit-export.ts";
import { auditKey } from "./commands/audit-key.ts";
import { auditList } from "./commands/audit-list.ts";
import { auditSign } from "./commands/audit-sign.ts";
import { auditVerify } from "./commands/audit-verify.ts";
import { chat } from "./commands/chat.ts";
import { deviceEnd } from "./commands/device-end.ts";
import { deviceList } from "./commands/device-list.ts";
import { doctor } from "./commands/doctor.ts";
import { explain } from "./commands/explain.ts";
import { exportGroup } from "./commands/export.ts";
import { groupAppeal } from "./commands/group-appeal.ts";
import { groupCreate } from "./commands/group-create.ts";
import { groupList } from "./commands/group-list.ts";
import { groupState } from "./commands/group-state.ts";
import { move } from "./commands/move.ts";
import { operatorClaim } from "./commands/operator-claim.ts";
import { password } from "./commands/password.ts";
import { personEntitle } from "./commands/person-entitle.ts";
import { replay } from "./commands/replay.ts";
import { restored } from "./commands/restored.ts";
import { signIn } from "./commands/sign-in.ts";
import { signOut } from "./commands/sign-out.ts";
import { signUp } from "./commands/sign-up.ts";
import { userAdd } from "./commands/user-add.ts";

/** Every command by its words. */
const COMMANDS: Readonly<Record<string, Command>> = {
  "sign-up": signUp,
  "sign-in": signIn,
  "sign-out": signOut,
  password,
  "device list": deviceList,
  "device end": deviceEnd,
  "group create": groupCreate,
  "group list": groupList,
  "group state": groupState,
  "group appeal": groupAppeal,
  "person entitle": personEntitle,
  "account create": accountCreate,
  "account list": accountList,
  "account operator": accountOperator,
  "account adopt": accountAdopt,
  "account announce": accountAnnounce,
  chat,
  export: exportGroup,
  "audit list": auditList,
  "audit export": auditExport,
  "audit verify": auditVerify,
  "audit key": auditKey,
  "audit sign": auditSign,
  "operator claim": operatorClaim,
  "user add": userAdd,
  explain,
  replay,
  doctor,
  move,
  restored,
};

/** Runs one command. Resolves with the exit code: 0 done, 1 failed, 2 wrong usage. Never rejects. */
export async function runCli(words: readonly string[], context: Context): Promise<number> {
  const found = findCommand(words);
  if (found === undefined) {
    const asked = words.length === 0 || words[0] === "help" || words[0] === "--help";
    (asked ? context.stdout : context.stderr).write(overview());
    return asked ? 0 : 2;
  }
  const { command, rest } = found;
  if (rest.includes("--help")) {
    context.stdout.write(`usage: guildhall ${command.usage}\n${command.summary}\n`);
    return 0;
  }
  try {
    return await command.run(rest, context);
  } catch (error) {
    context.stderr.write(`${sentence(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    context.stderr.write(`usage: guildhall ${command.usage}\n`);
    return 2;
  }
}

function findCommand(words: readonly string[]): { command: Command; rest: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command !== undefined) return { command, rest: words.slice(length) };
  }
  return undefined;
}

function overview(): string {
  const lines = Object.values(COMMANDS).map(({ usage, summary }) => `  guildhall ${usage}\n      ${summary}`);
  return `usage:\n${lines.join("\n")}\nEvery command takes --api <url>, --url <url>[,<url>…] and --session <file>.\n`;
}

function sentence(error: unknown): string {
  if (error instanceof GuildhallError) return `${error.message} (${error.code})`;
  if (error instanceof Failure || error instanceof UsageError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
