import { type Context, type Emission, type Emitted, type Handler, rowKey, type Tx } from "@guildhall/entity";
import type { Act } from "@guildhall/proto";
import { type KeyPart, keyOf, type Table } from "@guildhall/store";
import { GROUPS } from "../lifecycle/tables.ts";
import { MEMBERS } from "../membership/tables.ts";
import { GROUP_ROLES } from "../role/tables.ts";
import { hashOfAct, NO_HASH } from "./chain.ts";
import { beforeAndAfter, type Change, isKept } from "./changes.ts";
import { AUDIT, AUDIT_HEADS, partOf } from "./tables.ts";

/**
 * A command that leaves a record of itself in the commit that carries it out: one act, which continues the chain of the
 * group. What the command refuses leaves none. `others`: nor does what one does to oneself.
 */
export function audited<Args>(method: string, handler: Handler<Args>, which: true | "others" = true): Handler<Args> {
  return {
    reads: (args, ctx) => [
      ...handler.reads(args, ctx),
      rowKey(AUDIT_HEADS, ctx.g),
      rowKey(GROUPS, ctx.g),
      rowKey(GROUP_ROLES, ctx.g),
      rowKey(MEMBERS, ctx.g, ctx.actor),
    ],
    run(tx, args, ctx) {
      const on = personOf(args);
      if (which === "others" && (on === 0 || on === ctx.actor)) return handler.run(tx, args, ctx);
      const isOwner = tx.get(GROUPS, ctx.g)?.owner === ctx.actor;
      const roles = tx.get(MEMBERS, ctx.g, ctx.actor)?.roles ?? [];
      const watched = new WatchedTx(tx);
      const result = handler.run(watched, args, ctx);
      const { before, after } = beforeAndAfter(watched.changes);
      record(tx, ctx, {
        u: ctx.actor,
        dev: ctx.device,
        as: ctx.as,
        owner: isOwner,
        roles,
        m: method,
        on,
        ...watched.place,
        args,
        before,
        after,
        why: ctx.why,
      });
      return result;
    },
  };
}

function record(tx: Tx, { g }: Context, act: Omit<Act, "n">): void {
  const head = tx.get(AUDIT_HEADS, g) ?? { n: 0, hash: NO_HASH };
  const n = head.n + 1;
  const hash = hashOfAct(g, head.hash, { ...act, n }, (text) => tx.digest(text));
  tx.put(AUDIT, { g, part: partOf(n), n, ...act, hash });
  tx.put(AUDIT_HEADS, { g, n, hash });
}

function personOf(args: unknown): number {
  const { u, to } = args as { readonly u?: number; readonly to?: number };
  return u ?? to ?? 0;
}

/** A transaction of which one sees afterwards what it has changed, and where its event stands. */
class WatchedTx implements Tx {
  readonly #tx: Tx;
  readonly #changes = new Map<string, Change>();
  place = { s: 0, at: 0 };

  constructor(tx: Tx) {
    this.#tx = tx;
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

  get changes(): Change[] {
    return [...this.#changes.values()];
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
    this.place = { s: place.seq, at: place.atMs };
    return place;
  }

  #note<Row extends object>(table: Table<Row>, key: readonly KeyPart[], became: Row | undefined): void {
    if (!isKept(table)) return;
    const id = `${table.name}/${key.join("/")}`;
    const known = this.#changes.get(id);
    const was = known === undefined ? this.#tx.get(table, ...key) : known.was;
    this.#changes.set(id, { table: table as unknown as Table, was, became });
  }
}
