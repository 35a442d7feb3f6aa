import { closeSync, openSync, writeSync } from "node:fs";
import type { HistoryEvent } from "./record.ts";

/** Characters that wait to be written. At the bound they are written in the call that reached it. */
const WAITING_MAX = 256 * 1024;
/** What waits is written at least this often. */
const FLUSH_EVERY_MS = 200;

/**
 * Writes the history of one process. Record a call before it leaves, and an answer or an event when it has come:
 * the order of the file is the order of the times in it.
 */
export type Recorder = AsyncDisposable & {
  record(event: HistoryEvent): void;
  /** Writes what waits, so that others can read it. */
  flush(): void;
};

export type RecorderOptions = {
  /** A file that is not there yet. */
  readonly path: string;
  readonly proc: string;
  /** Ns of a clock that never goes back; the host's monotonic one when not given. */
  readonly nowNs?: () => number;
};

/** Ns since some start, the same for all processes of this machine; exact below 104 days of it. */
export function monotonicNs(): number {
  return Number(process.hrtime.bigint());
}

/** Opens a new file to record in. @throws Error where it cannot be made, or is there already. */
export function openRecorder({ path, proc, nowNs = monotonicNs }: RecorderOptions): Recorder {
  const file = openSync(path, "ax", 0o600);
  let waiting: string[] = [];
  let size = 0;
  let lastNs = 0;
  let open = true;
  const timer = setInterval(flush, FLUSH_EVERY_MS);
  timer.unref();

  function flush(): void {
    if (waiting.length === 0) return;
    const text = waiting.join("");
    waiting = [];
    size = 0;
    // Whole: a disk that is full throws here, and a history with a hole proves nothing.
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  }

  return {
    record(event) {
      if (!open) throw new Error(`the history ${path} is closed`);
      lastNs = Math.max(lastNs, nowNs());
      const line = `${JSON.stringify({ t: lastNs, proc, ...event })}\n`;
      waiting.push(line);
      size += line.length;
      if (size >= WAITING_MAX) flush();
    },
    flush,
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      clearInterval(timer);
      flush();
      closeSync(file);
    },
  };
}
