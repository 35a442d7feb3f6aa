import {
  type Context,
  type Emission,
  type Emitted,
  type Handler,
  type RowKey,
  rowKey,
  type Tx,
} from "@guildhall/entity";
import { toBase64Url } from "@guildhall/kernel";
import { GRADE_ROLES, gradeOf, isOwner } from "@guildhall/model";
import type { Act } from "@guildhall/proto";
import type { ErrorCode, Grade } from "@guildhall/proto/tables";
import { type KeyPart, keyOf, type Table } from "@guildhall/store";
import { GROUPS } from "../lifecycle/tables.ts";
import { MEMBERS } from "../membership/tables.ts";
import { GROUP_ROLES } from "../role/tables.ts";
import { hashOfAct, NO_HASH } from "./chain.ts";
import { beforeAndAfter, type Change, GROUP_COLUMNS, isKeptTable, type KeptColumns } from "./changes.ts";
import { AUDIT, AUDIT_HEADS, AUDIT_REFUSALS, type AuditRefusalsRow, partOf } from "./tables.ts";

/** Refusals that are kept: those of somebody who is in the group and may not. */
export const KEPT_REFUSALS: readonly ErrorCode[] = [
  "FORBIDDEN",
  "RANK",
  "STEP_UP_REQUIRED",
  "MUTED",
  "FROZEN",
  "POLICY",
];
/** Refusals of one person within REFUSALS_FOR_MS that are kept; those beyond are refused all the same. */
export const REFUSALS_MAX = 10;
export const REFUSALS_FOR_MS = 3_600_000;

/**
 * A command that leaves a record of itself in the commit that carries it out: one act, which continues the chain of the
 * group. So does its refusal where the right to it is missing. What changes nothing leaves none. `others`: nor does
 * what one does to oneself; `asGroup`: nor what is said in one's own voice.
 */
export function audited<Args>(
  method: string,
  handler: Handler<Args>,
  which: Which = true,
  offices: Offices = GROUP_OFFICES,
): Handler<Args> {
  const isKept = (args: Args, { actor, as }: Context): boolean => {
    if (which === "asGroup") return as !== 0;
    const on = personOf(args);
    return which === true || (on !== 0 && on !== actor);
  };
  return {
    reads: (args, ctx) =>
      isKept(args, ctx)
        ? [...handler.reads(args, ctx), ...recordKeys(ctx), ...offices.keys(ctx)]
        : handler.reads(args, ctx),
    run(tx, args, ctx) {
      if (!isKept(args, ctx)) return handler.run(tx, args, ctx);
      const by = offices.of(tx, ctx);
      const watched = new WatchedTx(tx, ctx.nowMs, offices.kept);
      const result = handler.run(watched, args, ctx);
      if (!watched.hasChanged) return result;
      record(tx, ctx, { ...by, m: method, on: personOf(args), args: argsKept(tx, args), ...watched.act, refused: "" });
      return result;
    },
    refused(tx, args, ctx, { code }) {
      if (!offices.refusals.includes(code) || !isKept(args, ctx) || !offices.isIn(tx, ctx) || !counts(tx, ctx)) return;
      const nothing = { s: 0, at: ctx.nowMs, before: {}, after: {}, args: argsKept(tx, args) };
      record(tx, ctx, { ...offices.of(tx, ctx), m: method, on: personOf(args), ...nothing, refused: code });
    },
  };
}

type Which = true | "others" | "asGroup";

function recordKeys({ g, actor }: Context): RowKey[] {
  return [rowKey(AUDIT_HEADS, g), rowKey(AUDIT_REFUSALS, g, actor)];
}

/** What was asked for; of a text or a picture its digest, so that the record proves what was said and does not keep what was taken back. */
function argsKept(tx: Tx, args: unknown): unknown {
  const { b, data } = args as { readonly b?: { readonly t?: unknown }; readonly data?: unknown };
  if (typeof data === "string") return { ...(args as object), data: { sha256: tx.digest(data) } };
  return typeof b?.t === "string" ? { ...(args as object), b: { sha256: tx.digest(b.t) } } : args;
}

export type Office = Pick<Act, "u" | "owner" | "roles">;

/** Of a kind of entity: who holds an office there, and what is kept of acts. */
export type Offices = {
  /** The rows that `of` and `isIn` look at. */
  readonly keys: (ctx: Context) => RowKey[];
  /** Who acts, as what, before they have acted. */
  readonly of: (tx: Tx, ctx: Context) => Office;
  /** Whether refusals of the actor are kept. */
  readonly isIn: (tx: Tx, ctx: Context) => boolean;
  readonly refusals: readonly ErrorCode[];
  readonly kept: KeptColumns;
};

const GROUP_OFFICES: Offices = {
  keys: ({ g, actor }) => [rowKey(GROUPS, g), rowKey(GROUP_ROLES, g), rowKey(MEMBERS, g, actor)],
  of(tx, { g, actor }) {
    const group = tx.get(GROUPS, g);
    const operators = group?.account?.op ?? [];
    const roles = [...(tx.get(MEMBERS, g, actor)?.roles ?? []), ...templateOf(gradeOf({ operators }, actor))];
    return { u: actor, owner: group !== undefined && isOwner({ owner: group.owner, operators }, actor), roles };
  },
  isIn: (tx, { g, actor }) => tx.get(MEMBERS, g, actor)?.state === "in",
  refusals: KEPT_REFUSALS,
  kept: GROUP_COLUMNS,
};

/** The role template that stands for a grade; none for those that are no role. */
export function templateOf(grade: Grade | undefined): readonly number[] {
  return grade === undefined || grade === "main" || grade === "staff" ? [] : [GRADE_ROLES[grade]];
}

/** Whether this attempt is one more that is kept, and no repeat of one. */
function counts(tx: Tx, { g, actor: u, nonce, nowMs }: Context): boolean {
  const known = tx.get(AUDIT_REFUSALS, g, u);
  const isRecent = known !== undefined && nowMs - known.from < REFUSALS_FOR_MS;
  const { from, nonces }: Pick<AuditRefusalsRow, "from" | "nonces"> = isRecent ? known : { from: nowMs, nonces: [] };
  const name = toBase64Url(nonce);
  if (nonces.length >= REFUSALS_MAX || nonces.includes(name)) return false;
  tx.put(AUDIT_REFUSALS, { g, u, from, nonces: [...nonces, name] });
  return true;
}

function record(tx: Tx, { g, device: dev, as, why }: Context, act: Omit<Act, "n" | "dev" | "as" | "why">): void {
  const head = tx.get(AUDIT_HEADS, g) ?? { n: 0, hash: NO_HASH };
  const whole: Act = { ...act, dev, as, why, n: head.n + 1 };
  const hash = hashOfAct(g, head.hash, whole, (text) => tx.digest(text));
  tx.put(AUDIT, { g, part: partOf(whole.n), ...whole, hash });
  tx.put(AUDIT_HEADS, { g, n: whole.n, hash });
}

/** The one person that the arguments name; 0 nobody, or several. */
function personOf(args: unknown): number {
  const { u, to } = args as { readonly u?: unknown; readonly to?: unknown };
  const on = u ?? to;
  return typeof on === "number" ? on : 0;
}

/** A transaction of which one sees afterwards what it has changed, and where its event stands: seq 0 where it shows none. */
class WatchedTx implements Tx {
  readonly #tx: Tx;
  readonly #kept: KeptColumns;
  readonly #changes = new Map<string, Change>();
  #place: { readonly s: number; readonly at: number };
  hasChanged = false;

  constructor(tx: Tx, nowMs: number, kept: KeptColumns) {
    this.#tx = tx;
    this.#kept = kept;
    this.#place = { s: 0, at: nowMs };
  }

  get next(): number {
    return this.#tx.next;
  }

  get pv(): number {
    return this.#tx.pv;
  }

  digest(text: string): string {
    return this.#tx.digest(text);
  }

  get act(): Pick<Act, "s" | "at" | "before" | "after"> {
    return { ...this.#place, ...beforeAndAfter([...this.#changes.values()], this.#kept) };
  }

  get<Row extends object>(table: Table<Row>, ...key: readonly KeyPart[]): Row | undefined {
    return this.#tx.get(table, ...key);
  }

  put<Row extends object>(table: Table<Row>, row: Row): void {
    this.#note(table, keyOf(table, row), row);
    this.#tx.put(table, row);
  }

  delete<Row extends object>(table: Table<Row>, ...key: readonly KeyPart[]): void {
    this.#note(table, key, undefined);
    this.#tx.delete(table, ...key);
  }

  emit(emission: Emission): Emitted {
    const place = this.#tx.emit(emission);
    this.hasChanged = true;
    this.#place = { s: place.seq, at: place.atMs };
    return place;
  }

  #note<Row extends object>(table: Table<Row>, key: readonly KeyPart[], became: Row | undefined): void {
    this.hasChanged = true;
    if (!isKeptTable(table, this.#kept)) return;
    const id = `${table.name}/${key.join("/")}`;
    const known = this.#changes.get(id);
    const was = known === undefined ? this.#tx.get(table, ...key) : known.was;
    this.#changes.set(id, { table: table as unknown as Table, was, became });
  }
}
