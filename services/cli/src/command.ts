import { once } from "node:events";
import { type ParseArgsConfig, parseArgs } from "node:util";

export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Where a command reads and writes, and the defaults of the options that every command shares. */
export type Context = {
  readonly api: string;
  /** Gateways, with commas between. */
  readonly url: string;
  readonly sessionFile: string;
  readonly keyFile: string;
  readonly permissionSocket: string;
  /** Where an embedded installation keeps everything. */
  readonly dataFolder: string;
  /** Settings of the services, by which a cluster is found. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
};

/** One command of the command line. */
export type Command = {
  readonly usage: string;
  readonly summary: string;
  /** Resolves with the exit code. @throws UsageError for words it does not understand; any other error ends with code 1. */
  run(words: readonly string[], context: Context): Promise<number>;
};

/** The words make no sense: the usage is shown, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A failure in one sentence for the person at the terminal. */
export class Failure extends Error {
  override readonly name = "Failure";
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Options every command takes. `--url` may stand several times, and may name several gateways with commas between. */
const SHARED = {
  api: { type: "string" },
  url: { type: "string", multiple: true },
  session: { type: "string" },
} as const;

type Values<T extends Options> = ReturnType<
  typeof parseArgs<{ strict: true; allowPositionals: true; options: typeof SHARED & T }>
>["values"];

/** What stood on the command line. */
export type Parsed<T extends Options> = {
  readonly words: readonly string[];
  readonly values: Values<T>;
  readonly api: string;
  /** Gateways; at least one. */
  readonly urls: readonly string[];
  readonly sessionFile: string;
};

/** Reads words with node:util, the shared options among them. @throws UsageError */
export function parseWords<const T extends Options>(words: readonly string[], context: Context, options: T): Parsed<T> {
  try {
    const parsed = parseArgs({
      args: [...words],
      allowPositionals: true,
      strict: true,
      options: { ...SHARED, ...options },
    });
    const shared: { api?: string; url?: string[]; session?: string } = parsed.values;
    const urls = (shared.url ?? [context.url]).flatMap((text) => text.split(",")).filter((url) => url !== "");
    if (urls.length === 0) throw new UsageError("--url names no gateway");
    return {
      words: parsed.positionals,
      values: parsed.values,
      api: shared.api ?? context.api,
      urls,
      sessionFile: shared.session ?? context.sessionFile,
    };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The words, if there are as many as `min` to `max`. @throws UsageError */
export function counted(words: readonly string[], min: number, max = min): readonly string[] {
  if (words.length < min || words.length > max) {
    throw new UsageError(words.length < min ? "a word is missing" : `too many words: ${words.slice(max).join(" ")}`);
  }
  return words;
}

/** A whole number from `min` to `max`. @throws UsageError */
export function wholeNumber(word: string, name: string, min: number, max: number): number {
  const value = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new UsageError(`${name} must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/** Resolves when the reader has room for more. */
export async function written(output: Output, text: string): Promise<void> {
  if (!output.write(text)) await once(output, "drain");
}
