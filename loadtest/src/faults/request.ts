import type { Child } from "../processes/child.ts";

/** Sends a child one message and waits for its one answer. @throws Error when it ends, says `failed`, or takes longer. */
export function requestOf<To extends object, From extends { readonly kind: string }>(
  { process: child }: Child,
  message: To,
  timeoutMs: number,
): Promise<From> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      child.off("message", take);
      child.off("exit", gone);
      act();
    };
    const take = (from: From & { readonly why?: string }): void =>
      settle(() => (from.kind === "failed" ? reject(new Error(from.why)) : resolve(from)));
    const gone = (): void => settle(() => reject(new Error("a process of the run ended by itself")));
    const timer = setTimeout(() => settle(() => reject(new Error(`no answer within ${timeoutMs} ms`))), timeoutMs);
    child.on("message", take);
    child.on("exit", gone);
    child.send(message);
  });
}
