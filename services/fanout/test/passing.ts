import { vi } from "vitest";

/** Looks this often whether what is waited for has come, ms of the test's clock. */
const STEP_MS = 5;

/** Lets time pass on the test's clock, which must be a fake one. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** Lets time pass until `work` is done. */
export async function done<T>(work: Promise<T>, maxMs = 20_000): Promise<T> {
  let open = true;
  const close = () => {
    open = false;
  };
  work.then(close, close);
  for (let ms = 0; open && ms < maxMs; ms += STEP_MS) await pass(STEP_MS);
  if (open) throw new Error(`not done in ${maxMs} ms`);
  return await work;
}

/** How long it takes until `holds`, ms. */
export async function until(holds: () => boolean, maxMs = 20_000): Promise<number> {
  for (let ms = 0; ms <= maxMs; ms += STEP_MS) {
    if (holds()) return ms;
    await pass(STEP_MS);
  }
  throw new Error(`not so in ${maxMs} ms`);
}
