import { AppError } from "@guildhall/kernel";
import { expect, test } from "vitest";
import { journalContract } from "./journal.contract.ts";
import { memoryJournal } from "./memory.ts";

journalContract("memory", async () => memoryJournal({ maxBytes: 2 ** 20 }));

test("an append that a hook fails before it lands is not there, and the position is free again", async () => {
  let failing = true;
  const journal = memoryJournal({
    before: () => {
      if (failing) throw new AppError("UNAVAILABLE");
    },
  });

  await expect(journal.append(0, 0, new Uint8Array(5))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await journal.end(0)).toEqual({ first: 1, last: 0 });
  expect(journal.bytes()).toBe(0);
  failing = false;
  expect(await journal.append(0, 0, new Uint8Array(5))).toBe(1);
});

test("an append that a hook fails after it landed is there", async () => {
  const journal = memoryJournal({
    after: () => {
      throw new AppError("OUTCOME_UNKNOWN");
    },
  });

  await expect(journal.append(0, 0, new Uint8Array(5))).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(await journal.end(0)).toEqual({ first: 1, last: 1 });
  expect(journal.bytes()).toBe(5);
});

test("while an append waits in a hook its position is taken and the end has not moved", async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const journal = memoryJournal({ before: () => gate });
  const waiting = journal.append(0, 0, new Uint8Array(1));

  await expect(journal.append(0, 0, new Uint8Array(1))).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(journal.append(0, 1, new Uint8Array(1))).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await journal.end(0)).toEqual({ first: 1, last: 0 });

  release();
  expect(await waiting).toBe(1);
});
