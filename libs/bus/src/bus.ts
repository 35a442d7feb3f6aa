/** Bytes on a subject. All handlers share `data`, with whoever sent it where that is this process: nobody writes to it. */
export type BusMessage = { readonly subject: string; readonly data: Uint8Array };

/**
 * Carries short-lived news and questions between processes: at most once, to whoever listens at that
 * moment. What must not be lost goes through the journal instead.
 *
 * - Messages from one publisher on one subject arrive in the order sent, and so do questions.
 * - A subscriber sees its own process's messages too.
 * - A handler that throws is reported by the adapter and stops nobody else.
 * - Handlers never run inside the call that publishes or asks.
 * - Bytes that were handed over are not written to any more, by nobody: they are not copied on the way.
 */
export interface Bus extends AsyncDisposable {
  /** @throws AppError `UNAVAILABLE` when closed. */
  publish(subject: string, data: Uint8Array): void;

  /** Resolves once the subscription is in force: what is published after that arrives. */
  subscribe(subject: string, onMessage: (message: BusMessage) => void): Promise<Subscription>;

  /**
   * Asks whoever answers `subject` and resolves with the answer.
   * @throws AppError `UNAVAILABLE` at once when nobody answers there; `OUTCOME_UNKNOWN` after `timeoutMs`
   *   or when the answerer failed.
   */
  request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array>;

  /** Answers questions on `subject`. One answerer a subject; a second takes the subject over. */
  answer(subject: string, onQuestion: (data: Uint8Array) => Promise<Uint8Array>): Promise<Subscription>;
}

export interface Subscription {
  /** After this returns, the handler is not called again. Questions on their way end as where nobody answers. */
  stop(): void;
}
