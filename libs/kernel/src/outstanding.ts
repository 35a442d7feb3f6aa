/** Answers that are waited for, and may be given up together. */
export class Outstanding {
  readonly #rejects = new Set<(error: unknown) => void>();

  get size(): number {
    return this.#rejects.size;
  }

  /** `answer`, or what it is given up with before it comes. */
  wait<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#rejects.add(reject);
      answer.then(
        (value) => {
          this.#rejects.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#rejects.delete(reject);
          reject(error);
        },
      );
    });
  }

  /** Gives up what is waited for now. */
  fail(error: unknown): void {
    for (const reject of this.#rejects) reject(error);
    this.#rejects.clear();
  }
}
