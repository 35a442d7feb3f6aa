import { type Context, type RowKey, rowKey, type Tx } from "@guildhall/entity";
import { PINS } from "./pin/tables.ts";
import { REACTIONS, sectionOf } from "./reaction/tables.ts";

/** The rows that hang on the message at `s`: read by whatever takes its body away. */
export function attachedKeys(ctx: Context, s: number): RowKey[] {
  return [rowKey(REACTIONS, ctx.g, ctx.lane, sectionOf(s), s), rowKey(PINS, ctx.g, ctx.lane)];
}

/** Removes what hangs on a message whose body goes in this command. */
export function removeAttached(tx: Tx, { g, lane }: Context, s: number): void {
  const sec = sectionOf(s);
  if (tx.get(REACTIONS, g, lane, sec, s) !== undefined) tx.delete(REACTIONS, g, lane, sec, s);
  const pins = tx.get(PINS, g, lane);
  const rest = pins?.list.filter((pin) => pin.s !== s) ?? [];
  if (pins !== undefined && rest.length < pins.list.length) tx.put(PINS, { ...pins, list: rest });
}
