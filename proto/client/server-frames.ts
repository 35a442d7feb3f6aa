import Type, { type Static } from "typebox";
import { Bin16, Count, DurationMs, Epoch, Id, Lane, open, RequestId, Seq, Seq0, TimeMs } from "../primitives.ts";
import { SERVER_FRAME } from "../tables/frame-types.ts";

/**
 * One event of a lane, as every member sees it.
 *
 * s seq · k kind · u who did it · ts when (ms, rising within a lane) · n the sender's nonce ·
 * m messages so far, this one included · pv permission version it happened under ·
 * pp previous pv, only on events that change permissions (then pv = s) · b body ·
 * re seq replied to · mn mentioned · rev seq of the last rewrite of this row ·
 * x why the body is gone: 1 recalled by its author, 2 deleted by a moderator ·
 * gr spoken as the group (then u is 0) · by who spoke for it: with gr 1 only for whoever may read the acts of power,
 * with gr 2 for everybody · why stated reason
 */
export const Event = Type.Object(
  {
    s: Seq,
    k: Type.String(),
    u: Seq0,
    ts: TimeMs,
    n: Type.Optional(Bin16),
    m: Count,
    pv: Seq0,
    pp: Type.Optional(Seq0),
    b: Type.Unknown(),
    re: Type.Optional(Seq),
    mn: Type.Optional(Type.Union([Type.Array(Id), Type.Literal("all")])),
    rev: Type.Optional(Seq),
    x: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 })),
    gr: Type.Optional(Type.Union([Type.Literal(1), Type.Literal(2)])),
    by: Type.Optional(Id),
    why: Type.Optional(Type.String()),
  },
  open,
);
export type Event = Static<typeof Event>;

const lane = { g: Id, l: Type.Optional(Lane) };
const t = <N extends keyof typeof SERVER_FRAME>(name: N) => ({ t: Type.Literal(SERVER_FRAME[name]) });

/** `lim`: in = frame bytes, out = buffered bytes, rate = frames/10 s (0: none), send = sends/10 s (0: none), act = active lanes. */
export const Welcome = Type.Object(
  {
    ...t("welcome"),
    i: RequestId,
    sid: Type.String(),
    u: Id,
    ts: TimeMs,
    hb: DurationMs,
    exp: TimeMs,
    lim: Type.Object({ in: Count, out: Count, rate: Count, send: Count, act: Count }, open),
    cap: Type.Array(Type.String()),
  },
  open,
);
export const Ok = Type.Object({ ...t("ok"), i: RequestId, d: Type.Unknown() }, open);
/** c number and m text of ERRORS · r whether a retry may succeed · ra wait at least this many ms · d details */
export const Err = Type.Object(
  {
    ...t("err"),
    i: Type.Optional(RequestId),
    c: Type.Integer(),
    m: Type.String(),
    r: Type.Boolean(),
    ra: Type.Optional(DurationMs),
    d: Type.Optional(Type.Unknown()),
  },
  open,
);
/** Covers seq a to z of the lane entirely, in order. */
export const Ev = Type.Object({ ...t("ev"), ...lane, ep: Epoch, a: Seq, z: Seq, e: Type.Array(Event) }, open);
/** Rows of [group, lane, epoch, seq, messages, mentions of you]. */
export const Head = Type.Object(
  { ...t("head"), h: Type.Array(Type.Tuple([Id, Lane, Epoch, Seq0, Count, Count])) },
  open,
);
/** `s` and `m` with kind `read`: what one has read on another device, and the messages up to there. */
export const EphOut = Type.Object(
  {
    ...t("eph"),
    ...lane,
    k: Type.String(),
    u: Type.Array(Id),
    s: Type.Optional(Seq),
    m: Type.Optional(Count),
  },
  open,
);
/** A contiguous replay is impossible: `have` is the cursor sent, `s` the head now. */
export const Gap = Type.Object({ ...t("gap"), ...lane, ep: Epoch, have: Seq0, s: Seq0, why: Type.String() }, open);
export const Pres = Type.Object(
  { ...t("pres"), g: Id, on: Type.Optional(Count), u: Type.Optional(Type.Array(Type.Tuple([Id, Type.Integer()]))) },
  open,
);
export const Go = Type.Object({ ...t("go"), ra: DurationMs, why: Type.String() }, open);
export const Bye = Type.Object({ ...t("bye"), c: Type.Integer(), m: Type.String() }, open);
export const Pong = Type.Object({ ...t("pong"), ts: TimeMs }, open);

export const SERVER_SCHEMAS = {
  welcome: Welcome,
  ok: Ok,
  err: Err,
  ev: Ev,
  head: Head,
  eph: EphOut,
  gap: Gap,
  pres: Pres,
  go: Go,
  bye: Bye,
  pong: Pong,
} as const;

export type WelcomeFrame = Static<typeof Welcome>;
export type OkFrame = Static<typeof Ok>;
export type ErrFrame = Static<typeof Err>;
export type EvFrame = Static<typeof Ev>;
export type HeadFrame = Static<typeof Head>;
export type GapFrame = Static<typeof Gap>;
export type PresFrame = Static<typeof Pres>;
export type GoFrame = Static<typeof Go>;
export type ByeFrame = Static<typeof Bye>;
export type PongFrame = Static<typeof Pong>;
export type EphOutFrame = Static<typeof EphOut>;
export type ServerFrame =
  | WelcomeFrame
  | OkFrame
  | ErrFrame
  | EvFrame
  | HeadFrame
  | EphOutFrame
  | GapFrame
  | PresFrame
  | GoFrame
  | ByeFrame
  | PongFrame;

/** One row of the answer to `sub`. `m` messages so far; `st` the group's public state for this person. */
export const Subscribed = Type.Object(
  {
    g: Id,
    l: Lane,
    ep: Epoch,
    s: Seq0,
    m: Count,
    pv: Seq0,
    me: Type.Object({ p: Type.Tuple([Count, Count]), rank: Count, mute: Type.Optional(TimeMs) }, open),
    rec: Type.Union([Type.Literal("full"), Type.Literal("gap")]),
  },
  open,
);
/** A group that could not be subscribed to: error number and text instead of state. */
export const NotSubscribed = Type.Object({ g: Id, c: Type.Integer(), m: Type.String() }, open);
export type SubscribedRow = Static<typeof Subscribed>;
export type NotSubscribedRow = Static<typeof NotSubscribed>;
export type SubResult = readonly (SubscribedRow | NotSubscribedRow)[];

/** The answer to `get`: events a to z in rising order; `more` in the direction asked. */
export const Page = Type.Object({ a: Seq0, z: Seq0, e: Type.Array(Event), more: Type.Boolean(), ep: Epoch }, open);
export type Page = Static<typeof Page>;
