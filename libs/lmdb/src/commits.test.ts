import { constants } from "node:os";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CommitRefused, Commits } from "./commits.ts";

const never = new Promise<boolean>(() => {});
const healthy = { committed: Promise.resolve(true), resetReadTxn: () => {}, getBinary: () => undefined };
let commits: Commits;
let broken: unknown[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  broken = [];
  commits = new Commits(healthy, (error) => broken.push(error));
});
afterEach(() => {
  commits.stop();
  vi.useRealTimers();
});

/** An error as lmdb gives it: general, with the cause in a promise that rejects a moment later. */
function commitFailed(code: number, text = "cause"): Error {
  const cause = Object.assign(new Error(text), { code });
  const commitError = new Promise((_, reject) => queueMicrotask(() => reject(cause)));
  return Object.assign(new Error("Commit failed"), { commitError });
}

/** A read that works when a commit begins, and never again. */
function failsAfterFirst(error: Error): () => undefined {
  let reads = 0;
  return () => {
    if (++reads > 1) throw error;
  };
}

test("a commit that lmdb answers is done", async () => {
  await commits.run(() => Promise.resolve(true));
  await commits.idle();
  expect(commits.broken).toBeUndefined();
});

test.each(["ENOSPC", "EDQUOT"] as const)("%s is a refusal, and the next commit may succeed", async (name) => {
  const failure = commitFailed(constants.errno[name]);

  await expect(commits.run(() => Promise.reject(failure))).rejects.toBeInstanceOf(CommitRefused);

  await commits.run(() => Promise.resolve(true));
  expect(broken).toEqual([]);
});

test("no room for the page that all others hang on is no refusal: nothing can be read any more", async () => {
  const panic = new Error("MDB_PANIC");
  const getBinary = failsAfterFirst(panic);
  const others = new Commits({ ...healthy, getBinary }, (error) => broken.push(error));

  const failed = others.run(() => Promise.reject(commitFailed(constants.errno.ENOSPC)));

  await expect(failed).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(broken).toEqual([panic]);
  others.stop();
});

test.each([
  [99, "a refusal", 0],
  [100, "the end: lmdb has written over memory", 1],
])("no room, told in %i bytes, is %s", async (bytes, _, ends) => {
  const text = `No space left on device: ${"Attempting to write page".padEnd(bytes, "9")}`;

  await commits.run(() => Promise.reject(commitFailed(constants.errno.ENOSPC, text))).catch(() => {});

  expect(broken).toHaveLength(ends);
});

test("a change lmdb does not take is a refusal", async () => {
  const write = (): Promise<boolean> => {
    throw new Error("Database is closed");
  };
  await expect(commits.run(write)).rejects.toBeInstanceOf(CommitRefused);
});

test("after an I/O error the outcome of every waiting commit is unknown, and it is reported once", async () => {
  const waiting = commits.run(() => never);
  const failed = commits.run(() => Promise.reject(commitFailed(constants.errno.EIO)));
  const alsoFailed = commits.run(() => Promise.reject(commitFailed(constants.errno.EIO)));

  for (const commit of [waiting, failed, alsoFailed]) {
    await expect(commit).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  }
  await commits.idle();
  expect(broken).toEqual([expect.objectContaining({ code: constants.errno.EIO })]);
  expect(commits.broken).toBe(broken[0]);
});

test("a commit that is never answered is unknown after 30 seconds", async () => {
  const waiting = commits.run(() => never);
  const settled = vi.fn();
  waiting.then(settled, settled);

  await vi.advanceTimersByTimeAsync(29_000);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);

  await expect(waiting).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(broken).toHaveLength(1);
});

/** The end of a turn in which something was handed over. */
const turnEnd = () => new Promise((resolve) => setImmediate(resolve));

test("a commit that is answered before one of an earlier turn shows that this one is lost", async () => {
  const ordered = new Commits(healthy, (error) => broken.push(error), { inOrder: true });
  const lost = ordered.run(() => never);
  const unknown = expect(lost).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  await turnEnd();

  await expect(ordered.run(() => Promise.resolve(true))).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });

  await unknown;
  expect(broken).toHaveLength(1);
  ordered.stop();
});

test("one that is answered in the same turn as the one before, by whatever way, has overtaken nothing", async () => {
  const ordered = new Commits(healthy, (error) => broken.push(error), { inOrder: true });
  let answer: (value: boolean) => void = () => {};
  const both = new Promise<boolean>((resolve) => {
    answer = resolve;
  });
  const longer = ordered.run(() => both.then(() => both).then(() => both));
  await turnEnd();
  const next = ordered.run(() => both);
  await turnEnd();

  answer(true);

  await Promise.all([longer, next]);
  expect(broken).toEqual([]);
  ordered.stop();
});

test("where flushes are waited for too, an answer says nothing of those before it", async () => {
  void commits.run(() => never).catch(() => {});
  await turnEnd();

  await commits.run(() => Promise.resolve(true));
  await turnEnd();

  expect(broken).toEqual([]);
});

test("a commit that waits on an environment that cannot be read any more is unknown at the first look", async () => {
  const getBinary = failsAfterFirst(new Error("MDB_PANIC"));
  const others = new Commits({ ...healthy, getBinary }, (error) => broken.push(error));
  const waiting = others.run(() => never);
  waiting.catch(() => {});

  await vi.advanceTimersByTimeAsync(10_000);

  await expect(waiting).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(broken).toHaveLength(1);
  others.stop();
});

test("an environment that cannot be read any more is not asked to commit, and it is reported once", async () => {
  const panic = new Error("MDB_PANIC");
  const getBinary = (): never => {
    throw panic;
  };
  const others = new Commits({ ...healthy, getBinary }, (error) => broken.push(error));
  const work = vi.fn(() => Promise.resolve(true));

  await expect(others.run(work)).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });

  expect(work).not.toHaveBeenCalled();
  expect(others.check()).toBe(panic);
  expect(broken).toEqual([panic]);
  others.stop();
});

test("a failure that only the promise of all commits tells is listened to", async () => {
  const committed = Promise.resolve(true);
  const then = vi.spyOn(committed, "then");
  const others = new Commits({ ...healthy, committed }, () => {});

  await others.run(() => Promise.resolve(true));

  await vi.waitFor(() => expect(then).toHaveBeenCalledOnce());
  const onFailed = then.mock.calls[0]?.[1];
  expect(() => onFailed?.(commitFailed(constants.errno.EIO))).not.toThrow();
  expect(onFailed).toBeTypeOf("function");
  others.stop();
});
