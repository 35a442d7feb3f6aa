import type { ErrorCode } from "@guildhall/proto";
import type { LogLine } from "./log.ts";

/** Somebody in a log, by index in `Cast.people`. */
export type Role = {
  /** The nickname at the first join. */
  readonly nick: string;
  /** Was there before the log began. */
  readonly before: boolean;
  /** A member from before the first line to after the last. */
  readonly throughout: boolean;
};

/** What one line of the log makes a person do, and how the server must answer. */
export type Step = {
  readonly person: number;
  readonly line: LogLine;
  /** The refusal that must come; absent where the line must be accepted. */
  readonly refusal?: ErrorCode;
};

export type Cast = { readonly people: readonly Role[]; readonly steps: readonly Step[] };

type Person = { nick: string; before: boolean; member: boolean; left: boolean };

/**
 * Says who is who in a log, and what must become of each line.
 *
 * A nick that nobody bears is a new person: one who is first seen joining joins then, any other was there before.
 * After a rename from a to b, b is that person, whoever bore b; nobody bears a. Who was displaced stays a member
 * whom no later line means. Somebody who left and comes back under the same nick is the same person.
 */
export function castOf(lines: readonly LogLine[]): Cast {
  const people: Person[] = [];
  const bearers = new Map<string, number>();
  const steps: Step[] = [];

  function bearer({ nick, type }: LogLine): number {
    const known = bearers.get(nick);
    if (known !== undefined) return known;
    const before = type !== "join";
    bearers.set(nick, people.length);
    people.push({ nick, before, member: before, left: false });
    return people.length - 1;
  }

  for (const line of lines) {
    const index = bearer(line);
    const person = people[index];
    if (person === undefined) continue;
    const refusal = refusalOf(line, person.member);
    steps.push(refusal === undefined ? { person: index, line } : { person: index, line, refusal });
    if (line.type === "join") person.member = true;
    if (line.type === "leave" && person.member) {
      person.member = false;
      person.left = true;
    }
    if (line.type === "rename") {
      bearers.delete(line.nick);
      bearers.set(line.to, index);
    }
  }
  return { people: people.map(({ nick, before, left }) => ({ nick, before, throughout: before && !left })), steps };
}

function refusalOf(line: LogLine, member: boolean): ErrorCode | undefined {
  if (line.type === "join") return member ? "ALREADY" : undefined;
  if (!member) return "NOT_MEMBER";
  const isEmpty = (line.type === "message" || line.type === "action") && line.text.trim() === "";
  return isEmpty ? "BAD_ARGS" : undefined;
}
