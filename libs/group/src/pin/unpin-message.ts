import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type PinEvents, type UnpinArgs } from "@guildhall/proto";
import { decide, decisionKeys } from "../decide.ts";
import { isAttributed } from "../voice/attribution.ts";
import { PINS } from "./tables.ts";

/** `msg.unpin`, whoever pinned it. @throws AppError of the rule; `ALREADY` when it is not pinned. */
export const unpinMessage: Handler<UnpinArgs> = {
  reads: (_, ctx) => [...decisionKeys(ctx), rowKey(PINS, ctx.g, ctx.lane)],
  run(tx, { s }, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["msg.unpin"]);
    const row = tx.get(PINS, ctx.g, ctx.lane);
    const rest = row?.list.filter((pin) => pin.s !== s) ?? [];
    if (row === undefined || rest.length === row.list.length) throw new AppError("ALREADY", "not pinned");
    tx.put(PINS, { ...row, list: rest });
    const body: PinEvents["msg.unpin"] = { s };
    tx.emit({ kind: "msg.unpin", body, attributed: isAttributed(group, ctx) });
  },
};
