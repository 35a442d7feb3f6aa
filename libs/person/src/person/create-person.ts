import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { CreatePersonArgs } from "@guildhall/proto";
import { CREDENTIALS, PERSONS } from "./tables.ts";

/**
 * `person.create`: the person `g` with a name whose claim they hold. A repeat changes nothing: the first
 * secret stands, as a password hashed twice gives two hashes.
 * @throws AppError `CONFLICT` when the person exists under another name.
 */
export const createPerson: Handler<CreatePersonArgs> = {
  reads: (_, ctx) => [rowKey(PERSONS, ctx.g)],
  run(tx, { name, secret }, ctx) {
    const row = tx.get(PERSONS, ctx.g);
    if (row !== undefined && row.name !== name) throw new AppError("CONFLICT", "person has another name");
    if (row !== undefined) return;
    tx.put(PERSONS, { u: ctx.g, name, at: ctx.nowMs, state: "active", devices: [] });
    tx.put(CREDENTIALS, { u: ctx.g, secret });
  },
};
