import { AppError } from "@guildhall/kernel";
import { type DestinationStream, destination, pino } from "pino";
import { redacted } from "./redact.ts";

/**
 * What happened, for operators. `event` is a fixed snake_case name; what varies goes into `fields`.
 * Never the text of a message; fields named like a secret are blanked.
 */
export type Log = {
  info(event: string, fields?: object): void;
  warn(event: string, fields?: object): void;
  error(event: string, error: unknown, fields?: object): void;
};

/** Errors in a chain of causes that are written. */
const CAUSES_MAX = 4;

/** One line of JSON an event, to `stream`. */
export function jsonLog(service: string, stream: DestinationStream): Log {
  const logger = pino(
    {
      base: { service },
      messageKey: "event",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    stream,
  );
  return {
    info: (event, fields = {}) => logger.info(redacted(fields), event),
    warn: (event, fields = {}) => logger.warn(redacted(fields), event),
    error: (event, error, fields = {}) => logger.error({ ...redacted(fields), error: told(error, CAUSES_MAX) }, event),
  };
}

/** One line of JSON an event, to standard output, written before the call returns. */
export function stdoutLog(service: string): Log {
  return jsonLog(service, destination({ dest: 1, sync: true }));
}

/** The same to standard error, warnings and errors only: for a process whose standard output is for people. */
export function stderrLog(service: string): Log {
  const log = jsonLog(service, destination({ dest: 2, sync: true }));
  return { ...log, info() {} };
}

/** Says nothing. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };

/** Name, code, text, stack and causes of an error; its other properties may hold anything and stay out. */
function told(error: unknown, causes: number): unknown {
  if (!(error instanceof Error)) return { text: `${typeof error} was thrown` };
  return {
    name: error.name,
    ...(error instanceof AppError ? { kind: error.code } : {}),
    text: error.message,
    stack: error.stack,
    ...(error.cause === undefined || causes <= 1 ? {} : { cause: told(error.cause, causes - 1) }),
  };
}
