import { platformSocket, type Socket } from "@guildhall/client";
import { type ClientFrame, type Encoding, type ErrFrame, SERVER_FRAME, SUBPROTOCOL } from "@guildhall/proto";
import { ERRORS, type ErrorCode } from "@guildhall/proto/tables";
import { codecFor } from "@guildhall/wire";
import type { Person } from "../driver/messages.ts";

/** What one request came to. `lost`: the connection ended, or no answer came in time. */
export type Answer =
  | { readonly kind: "ok"; readonly d: unknown }
  | { readonly kind: "err"; readonly code: ErrorCode; readonly frame: ErrFrame }
  | { readonly kind: "lost"; readonly why: string };

/** Longer than an owner waits for an append. A request that is not answered by then is lost, ms. */
const ANSWER_MAX_MS = 12_000;
const BY_NUMBER = new Map<number, ErrorCode>(Object.entries(ERRORS).map(([code, { c }]) => [c, code as ErrorCode]));

/** A connection that repeats nothing by itself: every first answer is seen, and every answer that does not come. */
export type Speaker = {
  readonly u: number;
  ask(frame: (i: number) => ClientFrame): Promise<Answer>;
  close(): void;
};

/** Connects and says hello. @throws Error when either fails. */
export async function openSpeaker(url: string, person: Person, encoding: Encoding = "msgpack"): Promise<Speaker> {
  const codec = codecFor(encoding);
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  let lost: string | undefined;

  const lose = (why: string): void => {
    lost ??= why;
    for (const settle of waiting.values()) settle({ kind: "lost", why });
    waiting.clear();
  };
  const take = (data: Uint8Array | string): void => {
    const frame = codec.decodeServer(typeof data === "string" ? new TextEncoder().encode(data) : data);
    const { t } = frame;
    if (t !== SERVER_FRAME.ok && t !== SERVER_FRAME.err && t !== SERVER_FRAME.welcome) return;
    const { i = 0 } = frame as { i?: number };
    const settle = waiting.get(i);
    // The answer to `hello` comes after `welcome`, which counts as one.
    waiting.delete(i);
    if (t !== SERVER_FRAME.err) return settle?.({ kind: "ok", d: "d" in frame ? frame.d : undefined });
    const refusal = frame as ErrFrame;
    settle?.({ kind: "err", code: BY_NUMBER.get(refusal.c) ?? "INTERNAL", frame: refusal });
  };
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opening = platformSocket(url, SUBPROTOCOL[encoding], {
      onOpen: () => void opening.then(resolve),
      onMessage: take,
      onClose: (code, reason) => {
        lose(`closed with ${code} ${reason}`);
        reject(new Error(`${url}: closed with ${code} ${reason}`));
      },
    });
    opening.catch(reject);
  });

  const ask = (make: (i: number) => ClientFrame): Promise<Answer> =>
    new Promise((resolve) => {
      if (lost !== undefined) return resolve({ kind: "lost", why: lost });
      const i = ++last;
      const timer = setTimeout(() => {
        waiting.delete(i);
        resolve({ kind: "lost", why: `no answer within ${ANSWER_MAX_MS} ms` });
      }, ANSWER_MAX_MS);
      waiting.set(i, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      const bytes = codec.encodeClient(make(i));
      socket.send(encoding === "json" ? new TextDecoder().decode(bytes) : bytes);
    });

  const dev = Buffer.from(person.dev, "base64url");
  const greeted = await ask((i) => ({ t: 1, i, v: 1, tok: person.access, dev, app: "speaker", cap: [] }));
  if (greeted.kind !== "ok") throw new Error(`hello: ${greeted.kind === "err" ? greeted.code : greeted.why}`);
  return { u: person.u, ask, close: () => socket.close(1000, "") };
}
