import { constants } from "node:os";
import { AppError } from "@guildhall/kernel";

/** How often waiting commits are looked at, ms. */
const LOOK_MS = 10_000;
/**
 * A commit or flush still waiting after this many looks counts as lost: lmdb does not settle the promises of
 * a transaction it could not begin, nor those of a flush that failed. Looks rather than time, so that a
 * process that was stopped for an hour and goes on does not give up at once.
 */
const LOOKS_MAX = 3;
const { ENOSPC, EDQUOT, EFBIG, ENOMEM } = constants.errno;
const MDB_MAP_FULL = -30_792;
const MDB_TXN_FULL = -30_788;
/** No room: the transaction was given up before anything pointed at it, and a later one may succeed. */
const NO_ROOM: ReadonlySet<unknown> = new Set([ENOSPC, EDQUOT, EFBIG, ENOMEM, MDB_MAP_FULL, MDB_TXN_FULL]);

/**
 * Room lmdb has for the text of a page that could not be written. It writes a longer one all the same, over
 * what lies behind it.
 */
const WRITE_TEXT_BYTES = 100;
const WRITE_TEXT = /Attempting to write page.*/s;

/** Thrown for a commit that certainly changed nothing. */
export class CommitRefused extends Error {
  override readonly name = "CommitRefused";
}

type Waiting = { looks: number; readonly turn: number; readonly reject: (error: Error) => void };

/** What of lmdb's root database is needed here. `getBinary` throws when the environment is beyond use. */
type Root = {
  readonly committed: PromiseLike<unknown>;
  resetReadTxn(): void;
  getBinary(key: string): unknown;
};
/** A key that is nowhere: looking for it is the cheapest read. */
const NO_KEY = "nothing";

/** Waits for commits and flushes of one lmdb environment and tells what failed from what may have happened. */
export class Commits {
  readonly #root: Root;
  readonly #onBroken: (error: unknown) => void;
  readonly #waiting = new Set<Waiting>();
  readonly #onIdle: (() => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #inOrder: boolean;
  /** Counts turns of the event loop in which something was handed over. */
  #turn = 0;
  #turnEnds = false;
  #broken: unknown;

  /**
   * `onBroken` is called once, when a commit's outcome cannot be known: the process must start again. `inOrder`: what
   * is waited for is answered in the order in which it was handed over, as commits alone are and flushes are not.
   * lmdb sometimes tells nobody of a sync that failed; then the commit after it, answered first, shows it.
   */
  constructor(root: Root, onBroken: (error: unknown) => void, { inOrder = false } = {}) {
    this.#root = root;
    this.#onBroken = onBroken;
    this.#inOrder = inOrder;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** Why the environment can no longer be trusted; undefined while it can. */
  get broken(): unknown {
    return this.#broken;
  }

  /**
   * Runs `work`, which hands its changes to lmdb and returns lmdb's promise.
   *
   * @throws CommitRefused when nothing was changed; AppError `OUTCOME_UNKNOWN` when that cannot be known,
   *   and from then on `broken` holds the reason; what the transaction itself throws as an AppError as it is.
   */
  async run(work: () => PromiseLike<unknown>): Promise<void> {
    // lmdb keeps its lock for ever when it cannot begin a transaction: it must not be asked to.
    const cause = this.check();
    if (cause !== undefined) throw new AppError("OUTCOME_UNKNOWN", "the environment is beyond use", { cause });
    let promise: PromiseLike<unknown>;
    try {
      promise = work();
    } catch (cause) {
      throw new CommitRefused("the change was not taken", { cause });
    }
    this.#listen();
    await new Promise<void>((resolve, reject) => {
      const commit: Waiting = { looks: 0, turn: this.#turn, reject };
      this.#waiting.add(commit);
      promise.then(
        () => this.#answered(commit, resolve),
        (error: unknown) => void causeOf(error).then((cause) => this.#fail(commit, cause)),
      );
    });
  }

  /**
   * Why the environment cannot be used any more; undefined while it can. lmdb answers a commit before it is synced
   * where that is allowed, and tells nobody of a page that could not be written then: only a read shows it.
   */
  check(): unknown {
    const panic = this.#broken ?? this.#panic();
    if (panic !== undefined) this.#break(panic);
    return panic;
  }

  /** Resolves once no commit is waiting. */
  idle(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#onIdle.push(resolve));
  }

  /** Ends the watch over waiting commits. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** What was handed over earlier has its answer by the end of this turn, or never gets one. */
  #answered(commit: Waiting, settle: () => void): void {
    if (!this.#overtakes(commit)) return this.#end(commit, settle);
    setImmediate(() => {
      if (this.#overtakes(commit)) this.#break(new Error("a commit was answered before an earlier one"));
      else this.#end(commit, settle);
    });
  }

  #overtakes({ turn }: Waiting): boolean {
    if (!this.#inOrder || this.#waiting.size < 2) return false;
    const oldest = this.#waiting.values().next();
    return oldest.done !== true && oldest.value.turn < turn;
  }

  #end(commit: Waiting, settle: () => void): void {
    if (!this.#waiting.delete(commit)) return;
    settle();
    this.#settleIdle();
  }

  #fail(commit: Waiting, cause: unknown): void {
    if (cause instanceof AppError) return this.#end(commit, () => commit.reject(cause));
    const panic = hasNoRoom(cause) ? this.#panic() : cause;
    if (panic !== undefined) this.#break(panic);
    else this.#end(commit, () => commit.reject(new CommitRefused("there is no room on the disk", { cause })));
  }

  /** What a read says after a failure. One that met the page all others hang on stops every read and write. */
  #panic(): unknown {
    try {
      this.#root.resetReadTxn();
      this.#root.getBinary(NO_KEY);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #break(cause: unknown): void {
    if (this.#broken !== undefined) return;
    this.#broken = cause;
    for (const { reject } of this.#waiting)
      reject(new AppError("OUTCOME_UNKNOWN", "commit not answered for", { cause }));
    this.#waiting.clear();
    this.#settleIdle();
    this.#onBroken(cause);
  }

  #settleIdle(): void {
    if (this.#waiting.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #look(): void {
    if (this.check() !== undefined) return;
    for (const commit of this.#waiting) {
      commit.looks += 1;
      if (commit.looks < LOOKS_MAX) continue;
      this.#break(new Error(`a commit was not answered within ${LOOKS_MAX * LOOK_MS} ms`));
      return;
    }
  }

  /**
   * When lmdb closes the batch of a turn (in a setImmediate of its own, queued before this one) it makes one
   * more promise of the commit that only `committed` reaches. Rejected with nobody listening it would end
   * the process. Queued for each change: one queued earlier may run before lmdb's.
   */
  #listen(): void {
    if (!this.#turnEnds) {
      this.#turnEnds = true;
      setImmediate(() => {
        this.#turnEnds = false;
        this.#turn++;
      });
    }
    setImmediate(() => {
      this.#root.committed.then(
        () => {},
        (error: unknown) => void causeOf(error),
      );
    });
  }
}

/**
 * lmdb rejects with a general error whose `commitError` is a promise that rejects with the cause. Nobody
 * listening to that promise would end the process.
 */
async function causeOf(error: unknown): Promise<unknown> {
  if (typeof error !== "object" || error === null || !("commitError" in error)) return error;
  try {
    return (await error.commitError) ?? error;
  } catch (cause) {
    return cause;
  }
}

function hasNoRoom(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && NO_ROOM.has(cause.code) && !overran(cause.message);
}

/** Whether lmdb has written over memory while it put the text of this error together. */
function overran(message: string): boolean {
  return (WRITE_TEXT.exec(message)?.[0].length ?? 0) >= WRITE_TEXT_BYTES;
}
