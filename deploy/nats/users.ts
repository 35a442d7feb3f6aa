import { BUS_RIGHTS, type BusRights } from "@guildhall/wire";

const list = (subjects: readonly string[]): string => subjects.map((subject) => `"${subject}"`).join(", ");

function user(name: string, password: string, { publish, subscribe }: BusRights): string {
  const rights = `publish: [${list(publish)}], subscribe: [${list(subscribe)}]`;
  return `    { user: "${name}", password: "${password}", permissions: { ${rights} } }`;
}

/** The part of nats-server's configuration that lets each service do what it needs and nothing else. */
export function natsUsers(password: string): string {
  const users = Object.entries(BUS_RIGHTS).map(([name, rights]) => user(name, password, rights));
  return `accounts {\n  GUILDHALL {\n    jetstream: enabled\n    users: [\n${users.join("\n")}\n    ]\n  }\n}\n`;
}
