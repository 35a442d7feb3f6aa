import { NotStarted, type Standalone } from "../../processes/standalone.ts";

/** What a check has: a folder of its own, and servers on any. */
export type Room = {
  readonly data: string;
  readonly start: (data: string, settings?: Readonly<Record<string, string>>) => Promise<Standalone>;
};

/** What a check came to: commands that were answered, and promises that were broken. */
export type Checked = {
  readonly acknowledged: number;
  readonly violations: readonly string[];
  /** Why it could not be carried out here. */
  readonly skipped?: string;
};

/** A start that must be refused: code 1, one line that says why, no stack. One sentence where it is not so. */
export async function refusal(starting: Promise<Standalone>, sentence: RegExp): Promise<string[]> {
  try {
    await using server = await starting;
    return [`it started at ${server.url}`];
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    const { code, output } = error.ending;
    const lines = output.split("\n").filter((line) => line.startsWith("start: "));
    const isClear = code === 1 && lines.length === 1 && sentence.test(output) && !/^\s+at /m.test(output);
    return isClear ? [] : [`it ended with code ${code} and said: ${output}`];
  }
}
