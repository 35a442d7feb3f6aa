import { Failure } from "../command.ts";

/** One line of a channel log. `minute` counts from midnight of the day the log begins. */
export type LogLine = { readonly minute: number; readonly nick: string } & (
  | { readonly type: "message"; readonly text: string }
  | { readonly type: "action"; readonly text: string }
  | { readonly type: "join" }
  | { readonly type: "leave" }
  | { readonly type: "rename"; readonly to: string }
);

/** Reads a log: one JSON object a line, blank lines apart. @throws Failure naming the first line that is not one. */
export function readLog(text: string): LogLine[] {
  const lines: LogLine[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const read = readLine(line);
    if (read === undefined) throw new Failure(`line ${at + 1} is not a line of a log`);
    lines.push(read);
  }
  if (lines.length === 0) throw new Failure("the log is empty");
  return lines;
}

function readLine(line: string): LogLine | undefined {
  const { minute, type, nick, text, to } = fieldsOf(line);
  if (typeof minute !== "number" || !Number.isFinite(minute) || typeof nick !== "string") return undefined;
  if (type === "join" || type === "leave") return { minute, nick, type };
  if (type === "rename" && typeof to === "string") return { minute, nick, type, to };
  if ((type === "message" || type === "action") && typeof text === "string") return { minute, nick, type, text };
  return undefined;
}

function fieldsOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
