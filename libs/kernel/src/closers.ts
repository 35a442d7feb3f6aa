/** What was opened, closed in reverse. */
export class Closers implements AsyncDisposable {
  readonly #open: AsyncDisposable[] = [];

  /** Notes `resource` for closing and hands it back. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#open.push(resource);
    return resource;
  }

  /** Notes a step of closing. */
  defer(close: () => void | Promise<void>): void {
    this.#open.push({ [Symbol.asyncDispose]: async () => close() });
  }

  /** Closes everything, last opened first; one failure stops none of the others. @throws the first failure. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const resource of this.#open.splice(0).reverse()) {
      try {
        await resource[Symbol.asyncDispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** A running part of the system; disposing it stops it. */
export interface Service extends AsyncDisposable {
  readonly name: string;
}
