import { memoryBus } from "@guildhall/bus/memory";
import type { Command } from "@guildhall/proto";
import { cmdSubject, openSubject, pack } from "@guildhall/wire";
import { expect, test } from "vitest";
import { ownerClient } from "./owner.ts";

const command: Command = {
  g: 5,
  l: 0,
  u: 1,
  dev: "d",
  auth: 0,
  n: new Uint8Array(16),
  m: "message.send",
  a: {},
  as: 0,
  pv: 0,
  why: "",
  dl: Number.MAX_SAFE_INTEGER,
  at: "1",
  ep: 1,
  term: 1,
};

function client(timeoutMs: number) {
  const bus = memoryBus((error) => {
    throw error;
  });
  return { bus, owner: ownerClient(bus, { partitions: 1, timeoutMs }) };
}

test("what an owner that was replaced has not answered is not waited for", async () => {
  const { bus, owner } = client(60_000);
  await bus.answer(cmdSubject(0), () => new Promise(() => {}));
  await bus.answer(openSubject(0), () => new Promise(() => {}));
  const asked = [owner.command(command), owner.open(5, 0)] as const;
  for (const one of asked) one.catch(() => {});

  owner.replaced(0);

  await expect(asked[0]).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  await expect(asked[1]).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("what it answers in its last moment is taken, and what is asked of the next owner is waited for", async () => {
  const { bus, owner } = client(60_000);
  const answers: ((answer: Uint8Array) => void)[] = [];
  await bus.answer(cmdSubject(0), () => new Promise((resolve) => answers.push(resolve)));

  const before = owner.command(command);
  await new Promise((resolve) => setImmediate(resolve));
  owner.replaced(0);
  const after = owner.command(command);
  answers[0]?.(pack({ ok: { s: 1, ep: 1 } }));
  await expect(before).resolves.toMatchObject({ s: 1 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  answers[1]?.(pack({ ok: { s: 2, ep: 1 } }));

  await expect(after).resolves.toMatchObject({ s: 2 });
});

test("where nobody answers it is said when to ask again", async () => {
  const { owner } = client(60_000);
  const expected = { code: "UNAVAILABLE", retryAfterMs: 50 };

  await expect(owner.command(command)).rejects.toMatchObject(expected);
  await expect(owner.open(5, 0)).rejects.toMatchObject(expected);
});
