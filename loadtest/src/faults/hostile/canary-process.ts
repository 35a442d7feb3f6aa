import { makeNonce } from "@guildhall/kernel";
import { CLIENT_FRAME, SERVER_FRAME } from "@guildhall/proto/tables";
import type { Person } from "../../driver/messages.ts";
import { Latencies, type Latency } from "../../report/latency.ts";
import { Dialogue } from "./dialogue.ts";
import { addressOf } from "./ground.ts";

/** Who the canary is and where it speaks. */
export type CanaryTask = { readonly url: string; readonly person: Person; readonly everyMs: number };
/** What it is asked with. */
export type CanaryWord = "begin" | "end";
/** What it measured since it was last asked. `lost`: echoes that did not come at all; `over`: it was hung up on. */
export type CanaryReport = {
  readonly echo: Latency;
  /** Of all echoes that came between a `begin` and the next `end`. */
  readonly whole: Latency;
  readonly sent: number;
  readonly lost: number;
  readonly over: boolean;
};

/** An echo that takes longer is lost. */
const ECHO_MAX_MS = 10_000;

/**
 * Speaks in a group of its own, on and on, and measures from each message to its own copy of it, after the answer:
 * through gateway, permission, owner, journal and back. In a process of its own, so that it measures the server.
 */
async function sing(task: CanaryTask): Promise<void> {
  const dialogue = await Dialogue.open(addressOf(task.url), "json");
  await dialogue.hello(task.person);
  const { g } = await dialogue.ok<{ g: number }>({
    t: CLIENT_FRAME.ask,
    m: "group.create",
    n: makeNonce(Date.now()),
    a: { name: "Canary", category: "study" },
  });
  await dialogue.ok({ t: CLIENT_FRAME.sub, g: [g], mode: 1 });
  const [latencies, whole] = [await Latencies.make(), await Latencies.make()];
  let counting = false;
  const sentAtMs = new Map<string, number>();
  let [number, lost, sent] = [0, 0, 0];

  dialogue.onFrame = (frame) => {
    if (frame.t !== SERVER_FRAME.ev || !("e" in frame)) return;
    for (const { b } of frame.e) {
      const key = (b as { readonly t?: string }).t ?? "";
      const atMs = sentAtMs.get(key);
      if (atMs === undefined || !sentAtMs.delete(key)) continue;
      const ms = performance.now() - atMs;
      latencies.record(ms);
      if (counting) whole.record(ms);
    }
  };
  setInterval(() => {
    const key = `echo ${++number}`;
    sentAtMs.set(key, performance.now());
    sent++;
    dialogue.frame({ t: CLIENT_FRAME.send, i: number, g, n: makeNonce(Date.now()), k: "text", b: { t: key } });
    for (const [old, atMs] of sentAtMs) {
      if (performance.now() - atMs < ECHO_MAX_MS) break;
      sentAtMs.delete(old);
      lost++;
    }
  }, task.everyMs);
  process.on("message", (word: CanaryWord) => {
    const report: CanaryReport = { echo: latencies.summary(), whole: whole.summary(), sent, lost, over: dialogue.over };
    counting = word === "begin";
    process.send?.(report);
    latencies.reset();
    lost = 0;
    sent = 0;
  });
  process.send?.("singing");
}

process.once("message", (task: CanaryTask) => void sing(task));
process.once("disconnect", () => process.exit(0));
