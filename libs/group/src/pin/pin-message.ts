import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type PinArgs, type PinEvents } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { decide, decisionKeys } from "../decide.ts";
import { contentAt, contentKey } from "../message/content.ts";
import { isAttributed } from "../voice/attribution.ts";
import { PINS } from "./tables.ts";

/**
 * `msg.pin`: adds a message to what is pinned.
 * @throws AppError of the rule; `NOT_FOUND` when there is none or its body is gone; `ALREADY`; `QUOTA` above
 * LIMITS.pinsPerGroupMax.
 */
export const pinMessage: Handler<PinArgs> = {
  reads: ({ s }, ctx) => [...decisionKeys(ctx), contentKey(ctx, s), rowKey(PINS, ctx.g, ctx.lane)],
  run(tx, { s }, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["msg.pin"]);
    if (contentAt(tx, ctx, s).x !== 0) throw new AppError("NOT_FOUND", `message ${s} is gone`);
    const { g, lane: l, actor: by } = ctx;
    const list = tx.get(PINS, g, l)?.list ?? [];
    if (list.some((pin) => pin.s === s)) throw new AppError("ALREADY", "pinned already");
    if (list.length >= LIMITS.pinsPerGroupMax) throw new AppError("QUOTA", "too many pins");
    const body: PinEvents["msg.pin"] = { s };
    const gr = isAttributed(group, ctx) ? 2 : 1;
    const { atMs: at } = tx.emit({ kind: "msg.pin", body, attributed: isAttributed(group, ctx) });
    tx.put(PINS, { g, l, list: [...list, ctx.as === 0 ? { s, by, at } : { s, by, at, gr }] });
  },
};
