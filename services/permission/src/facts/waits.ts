/** How long facts of a group are waited for to reach a version before they are loaded anew. */
const VERSION_WAIT_MAX_MS = 50;

type Waiting = { readonly isOver: () => boolean; readonly resolve: () => void };

/** Those who wait for the facts of a group to change. Bounded by the questions in flight, each of which waits once. */
export class Waits {
  readonly #waiting = new Map<number, Set<Waiting>>();

  /** Resolves once a change in `g` makes `isOver` true, or after VERSION_WAIT_MAX_MS. */
  until(g: number, isOver: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(g) ?? new Set();
      this.#waiting.set(g, waiting);
      const one: Waiting = {
        isOver,
        resolve: () => {
          clearTimeout(timer);
          waiting.delete(one);
          if (waiting.size === 0) this.#waiting.delete(g);
          resolve();
        },
      };
      const timer = setTimeout(one.resolve, VERSION_WAIT_MAX_MS);
      waiting.add(one);
    });
  }

  /** The facts of `g` have changed or were dropped. */
  wake(g: number): void {
    for (const one of this.#waiting.get(g) ?? []) if (one.isOver()) one.resolve();
  }

  wakeAll(): void {
    for (const g of this.#waiting.keys()) this.wake(g);
  }
}
