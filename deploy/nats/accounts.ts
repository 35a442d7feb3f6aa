import { BUS_RIGHTS, type BusRights, QUESTIONS_MAX } from "@guildhall/wire";

/** How long after a question its answer may leave: more than an append to the journal may take. */
const ANSWER_WITHIN = "30s";

const list = (subjects: readonly string[]): string => subjects.map((subject) => `          "${subject}"`).join("\n");

function user(name: string, password: string, { publish, subscribe, answers }: BusRights): string {
  const lines = [
    "      {",
    `        user: ${name}`,
    `        password: ${password}`,
    "        permissions: {",
    `          publish: [\n${indented(list(publish))}\n          ]`,
    `          subscribe: [\n${indented(list(subscribe))}\n          ]`,
    ...(answers ? [`          allow_responses: { max: ${QUESTIONS_MAX}, expires: "${ANSWER_WITHIN}" }`] : []),
    "        }",
    "      }",
  ];
  return lines.join("\n");
}

const indented = (text: string): string => text.replaceAll(/^/gm, "  ");

/** The variable of nats-server's environment that holds a service's password. */
export const passwordVariable = (service: string): string => `NATS_${service.toUpperCase()}_PASSWORD`;

/**
 * The part of nats-server's configuration that lets each service do what it needs and nothing else. Passwords come
 * from the server's environment. `more` are further accounts.
 */
export function natsAccounts(more: readonly string[] = []): string {
  const users = Object.entries(BUS_RIGHTS).map(([name, rights]) => user(name, `$${passwordVariable(name)}`, rights));
  const guildhall = `  GUILDHALL {\n    jetstream: enabled\n    users: [\n${users.join("\n")}\n    ]\n  }`;
  return `accounts {\n${[guildhall, ...more].join("\n")}\n}\n`;
}
