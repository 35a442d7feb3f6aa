import type { World } from "./world.ts";

const TIME_NAMES = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate"];
/** Less than this between two runs of an interval would stop the time. */
const INTERVAL_MIN_MS = 1;

type Timer = { cancel: () => void };

/** Puts the time and chance of `world` in the place of this process's own. Returns how to undo it. */
export function takeOverGlobals(world: World): () => void {
  const before = TIME_NAMES.map((name) => [name, Reflect.get(globalThis, name)] as const);
  const [now, random] = [Date.now, Math.random];
  const monotonic = Reflect.get(performance, "now") as typeof performance.now;
  const set = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });

  const begin = (ms: number, run: () => void): Timer => timer(world.later(world.current, ms, run));
  const end = (one: Timer | undefined) => one?.cancel();
  set("setTimeout", (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => begin(ms, () => run(...args)));
  set("setImmediate", (run: (...args: unknown[]) => void, ...args: unknown[]) => begin(0, () => run(...args)));
  set("setInterval", (run: () => void, ms = 0) => {
    const host = world.current;
    const every = Math.max(INTERVAL_MIN_MS, ms);
    const again = (): void => {
      one.cancel = world.later(host, every, again);
      run();
    };
    const one = timer(world.later(host, every, again));
    return one;
  });
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) set(name, end);
  Date.now = () => world.clockOf(world.current).nowMs();
  performance.now = () => world.clock.monotonicMs();
  Math.random = () => world.random.next();
  Object.defineProperty(crypto, "getRandomValues", {
    configurable: true,
    value: <T extends ArrayBufferView>(array: T): T => {
      world.random.fill(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      return array;
    },
  });

  return () => {
    for (const [name, value] of before) set(name, value);
    Date.now = now;
    performance.now = monotonic;
    Math.random = random;
    Reflect.deleteProperty(crypto, "getRandomValues");
  };
}

function timer(cancel: () => void): Timer & { ref(): unknown; unref(): unknown } {
  const one = { cancel, ref: () => one, unref: () => one };
  return one;
}
