import type { AppError } from "@guildhall/kernel";
import type { Key, KeyPart, Range, Table } from "@guildhall/store";

/** A row a command needs: loaded before its handler starts. */
export type RowKey = readonly [table: Table<never>, key: Key];

/** Names a row for `reads`. */
export function rowKey<Row extends object>(table: Table<Row>, ...key: readonly KeyPart[]): RowKey {
  return [table as unknown as Table<never>, key];
}

/** What a command shows to the members of the lane. */
export type Emission = {
  readonly kind: string;
  readonly body: unknown;
  /** It changes who may do what: the event becomes the new permission version. */
  readonly permission?: boolean;
  /** It counts as a message for unread counts. */
  readonly counts?: boolean;
  /** Said as the group, in a group that shows everybody who speaks for it. */
  readonly attributed?: boolean;
  readonly re?: number;
  readonly mn?: readonly number[] | "all";
  /**
   * The actor's pace: for so long, ms, `Context.paceMs` of their next commands in this lane says when this
   * happened. Kept in the owner's memory only: a takeover forgets it.
   */
  readonly paceForMs?: number;
};

/** Where an emitted event stands. */
export type Emitted = { readonly seq: number; readonly atMs: number };

/**
 * The rows of one entity as a handler sees them, with what it has changed so far. All of it is
 * committed together, or nothing.
 */
export interface Tx {
  /** The newest row. @throws Error when `reads` did not name it: a bug. */
  get<Row extends object>(table: Table<Row>, ...key: readonly KeyPart[]): Row | undefined;
  put<Row extends object>(table: Table<Row>, row: Row): void;
  delete<Row extends object>(table: Table<Row>, ...key: readonly KeyPart[]): void;
  /** Shows one event in the command's lane. At most one a command. */
  emit(emission: Emission): Emitted;
  /** SHA-256 of the text in UTF-8, 64 hexadecimal digits. */
  digest(text: string): string;
  /** Seq the next event will get, and the permission version now. */
  readonly next: number;
  readonly pv: number;
}

/** Who asks, and when. All of it verified by us. */
export type Context = {
  readonly g: number;
  readonly lane: number;
  /** 0: the system. */
  readonly actor: number;
  readonly device: string;
  /** When the actor last gave a password, ms; 0 never. */
  readonly authMs: number;
  /** The owner's time for this command, ms. */
  readonly nowMs: number;
  /** 1: as the group. */
  readonly as: 0 | 1;
  readonly why: string;
  /** What makes every attempt at this command the same one. */
  readonly nonce: Uint8Array;
  /** When the actor last showed an event with `paceForMs` in this lane, ms; 0 never, or nobody knows any more. */
  readonly paceMs: number;
};

/**
 * A command: `reads` names the rows, `run` decides. `run` does no I/O, knows no time but `ctx.nowMs`, and
 * refuses by throwing AppError: then nothing has happened. What it returns goes to the sender as `d`.
 *
 * A command that emits nothing must be idempotent by itself: only events are remembered by nonce.
 */
export type Handler<Args = never> = {
  readonly reads: (args: Args, ctx: Context) => readonly RowKey[];
  readonly run: (tx: Tx, args: Args, ctx: Context) => unknown;
  /**
   * What is kept of a refusal: a transaction of its own, that shows nothing. The refusal is told once it is durable.
   * It may be called again for the same nonce.
   */
  readonly refused?: (tx: Tx, args: Args, ctx: Context, refusal: AppError) => void;
};

/** Reads rows of a partition with everything committed laid over what is stored. */
export interface Reader {
  get<Row extends object>(table: Table<Row>, ...key: readonly KeyPart[]): Promise<Row | undefined>;
  scan<Row extends object>(table: Table<Row>, partition: Key, range: Range): Promise<Row[]>;
}

/** Answers a question about an entity at its owner. `actor` has been checked by the gateway. */
export type Query<Args = never> = (
  reader: Reader,
  args: Args,
  ctx: { readonly g: number; readonly actor: number; readonly nowMs: number },
) => Promise<unknown>;

/** One folder's worth: its tables, what changes them and what reads them, by method. */
export type Feature = {
  readonly tables: readonly Table<never>[];
  readonly commands: Readonly<Record<string, Handler>>;
  readonly queries: Readonly<Record<string, Query>>;
};

/** A table among others of different rows. */
export function anyTable<Row extends object>(table: Table<Row>): Table<never> {
  return table as unknown as Table<never>;
}
