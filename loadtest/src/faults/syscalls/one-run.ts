import { rm } from "node:fs/promises";
import { claimOperator } from "@guildhall/client";
import { makePeople } from "../../clients/people.ts";
import { type Ending, NotStarted, type Standalone } from "../../processes/standalone.ts";
import { nameOf, type Point } from "./points.ts";
import type { RunLog } from "./run-log.ts";
import { AGAIN, PEOPLE, TALK } from "./script.ts";
import { talk } from "./talk.ts";
import type { Start, Templates } from "./templates.ts";
import { finishedTrace, tracer, wasMet, wasMetAtEnd } from "./trace.ts";
import { verify } from "./verify.ts";

/** A broken process ends by itself at the latest when lmdb has left a commit unanswered for three looks, ms. */
const END_MAX_MS = 180_000;
/** What a process says when it ends because of a disk: a line a person can act on. */
const CLEAR = /(start|storage): .{20,}/;

/** The same, from a process that then ends itself without closing what is broken. */
const BROKEN = /storage: .{20,}/;

/** What one point came to. */
export type RunResult = {
  /** Whether the fault was met at all. */
  readonly met: boolean;
  /** Whether it met commands that were waiting for their answer. */
  readonly inFlight: boolean;
  readonly acknowledged: number;
  readonly unknown: number;
  /** Whether the process ended inside lmdb, which writes over memory when a page cannot be written. */
  readonly inLibrary: boolean;
  readonly violations: readonly string[];
};

/** Runs a part of the script with one fault in it, starts again without, and checks everything that was promised. */
export async function runPoint(point: Point, templates: Templates): Promise<RunResult> {
  const start = await templates.start(point.part);
  const output = `${start.data}.trace`;
  try {
    const ending = await disturbed(point, start, output, templates);
    const trace = await finishedTrace(output);
    const met = wasMet(trace, point);
    const { log } = start;
    const known = start.log.ops.length;
    const unknown = log.ops.filter(({ outcome }) => outcome.kind === "unknown").length;
    const refused = log.ops.filter(
      ({ outcome }) => outcome.kind === "refused" && outcome.code === "UNAVAILABLE",
    ).length;
    const inLibrary = met && endedInLibrary(point, ending);
    const violations = met && !inLibrary ? endingFaults(point, ending, wasMetAtEnd(trace)) : [];
    violations.push(...(await undisturbed(point, start, templates)));
    return {
      met,
      inFlight: met && unknown + refused > 0,
      acknowledged: known - unknown,
      unknown,
      inLibrary,
      violations: violations.map((text) => `${nameOf(point)}: ${text}`),
    };
  } finally {
    await rm(start.data, { recursive: true, force: true });
    await rm(output, { force: true });
  }
}

async function disturbed(point: Point, start: Start, output: string, templates: Templates): Promise<Ending> {
  let server: Standalone;
  try {
    server = await templates.run(start.data, tracer(start.data, output, point));
  } catch (error) {
    if (error instanceof NotStarted) return error.ending;
    throw error;
  }
  await using running = server;
  if (point.part !== "first") {
    const whole = await talk(running.url, start.people, point.part === "talk" ? TALK : AGAIN, start.log);
    if (!whole) return await within(running.ended, END_MAX_MS);
  }
  return await running.end("SIGTERM");
}

async function within(ended: Promise<Ending>, maxMs: number): Promise<Ending> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nobody was answered, and no end within ${maxMs} ms`)), maxMs);
  });
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * lmdb 3.5.6 tells of a page that could not be written in more bytes than it has room for, and may end by that; one
 * that fails while a new environment is made ends it without a word. The data are what they were before.
 */
function endedInLibrary({ part, call, fault }: Point, { signal, output }: Ending): boolean {
  if (signal !== "SIGABRT" && signal !== "SIGSEGV") return false;
  const atPage = call === "pwrite64" || call === "writev";
  if (fault === "kill" || !(atPage || part === "first")) return false;
  return part === "first" || (fault !== "short" && output.includes("Write error: "));
}

/**
 * How the process may end: killed where it was; else in order, or with a code and a sentence. A failed sync must end
 * it; one that lmdb makes while it closes, of what was synced for every answer before, has nothing left to end.
 */
function endingFaults({ call, fault }: Point, { code, signal, output }: Ending, atEnd: boolean): string[] {
  if (fault === "kill") return signal === "SIGKILL" ? [] : [`it ended with ${signal ?? `code ${code}`}`];
  if (signal === "SIGKILL" && BROKEN.test(output)) return [];
  if (signal !== null) return [`it was ended by ${signal}: ${output}`];
  const mustEnd = fault === "EIO" && call === "fdatasync" && !atEnd;
  if (code === 0) return mustEnd ? ["a sync failed and the process went on"] : [];
  return CLEAR.test(output) ? [] : [`it ended with code ${code} and no clear line: ${output}`];
}

async function undisturbed(point: Point, { data, people, log }: Start, templates: Templates): Promise<string[]> {
  try {
    await using server = await templates.run(data);
    return point.part === "first" ? await firstUse(server) : await verify(server.url, people, log);
  } catch (error) {
    return [`after the fault: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** A folder whose first start was disturbed works like a new one. */
async function firstUse(server: Standalone): Promise<string[]> {
  const { key } = await claimOperator(server.api, server.operatorCode ?? "");
  const people = await makePeople(server.api, key, PEOPLE);
  const log: RunLog = { ops: [], groups: new Map(), violations: [] };
  const whole = await talk(server.url, people, TALK.slice(0, 2), log);
  const wrong = log.ops.filter(({ outcome }) => outcome.kind !== "acked").map(({ label }) => label);
  return [
    ...(whole && wrong.length === 0 ? [] : [`not answered: ${wrong.join(", ")}`]),
    ...(await verify(server.url, people, log)),
  ];
}
