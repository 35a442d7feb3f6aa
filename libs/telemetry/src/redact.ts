/** Fields with these names, in any case and at any depth, are never written. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  "authorization",
  "code",
  "password",
  "refresh",
  "secret",
  "tok",
  "token",
]);
/** The line's own keys: a field of that name gets an underscore, so that no line has a key twice. */
const LINE_KEYS: ReadonlySet<string> = new Set(["level", "time", "service", "event", "error"]);
const BLANK = "[redacted]";
/** Maps and arrays below this depth are not written. */
const DEPTH_MAX = 6;
/** Entries of one map or array that are written. */
const ENTRIES_MAX = 100;

/** A copy of `fields` fit for a log line: without secrets, bytes as their number. */
export function redacted(fields: object): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields).slice(0, ENTRIES_MAX)) {
    copy[LINE_KEYS.has(key) ? `${key}_` : key] = field(key, value, 1);
  }
  return copy;
}

function field(key: string, value: unknown, depth: number): unknown {
  return SECRET_NAMES.has(key.toLowerCase()) ? BLANK : plain(value, depth);
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Date) return value;
  if (depth >= DEPTH_MAX) return "[deep]";
  if (value instanceof Error) return value.message;
  if (Array.isArray(value)) return value.slice(0, ENTRIES_MAX).map((item) => plain(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value).slice(0, ENTRIES_MAX)) copy[key] = field(key, item, depth + 1);
  return copy;
}
