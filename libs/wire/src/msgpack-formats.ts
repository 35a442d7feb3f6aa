/** What a MessagePack head byte from 0xc0 to 0xdf begins; those below and above carry their own length or value. */
export type Format = {
  readonly kind: "constant" | "uint" | "int" | "float" | "text" | "bytes" | "array" | "map" | "refused";
  /** Bytes after the head: of the number, or of the length. */
  readonly width: number;
  /** What a constant stands for. */
  readonly value: null | boolean;
};

const format = (kind: Format["kind"], width = 0): Format => ({ kind, width, value: null });
const constant = (value: null | boolean): Format => ({ kind: "constant", width: 0, value });

/** Refused: 0xc1, which means nothing, and every extension type. */
export const REFUSED: Format = format("refused");
const FORMATS: readonly Format[] = [
  constant(null),
  REFUSED,
  constant(false),
  constant(true),
  format("bytes", 1),
  format("bytes", 2),
  format("bytes", 4),
  REFUSED,
  REFUSED,
  REFUSED,
  format("float", 4),
  format("float", 8),
  format("uint", 1),
  format("uint", 2),
  format("uint", 4),
  format("uint", 8),
  format("int", 1),
  format("int", 2),
  format("int", 4),
  format("int", 8),
  REFUSED,
  REFUSED,
  REFUSED,
  REFUSED,
  REFUSED,
  format("text", 1),
  format("text", 2),
  format("text", 4),
  format("array", 2),
  format("array", 4),
  format("map", 2),
  format("map", 4),
];

/** The format of a head byte from 0xc0 to 0xdf. */
export function formatOf(head: number): Format {
  return FORMATS[head - 0xc0] ?? REFUSED;
}

/** Keys that reach an object's prototype. No field is called so. */
export const REFUSED_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
