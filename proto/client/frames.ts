import Type, { type Static } from "typebox";
import { Bin16, Count, closed, Epoch, Id, Lane, open, Reason, RequestId, Seq, Seq0, TimeMs } from "../primitives.ts";
import { CLIENT_FRAME } from "../tables/frame-types.ts";
import { LIMITS } from "../tables/limits.ts";

/** Where a client stands in a lane: group, lane, epoch, last seq it has (0: none). */
export const Cursor = Type.Tuple([Id, Lane, Epoch, Seq0]);
export type Cursor = Static<typeof Cursor>;

const cursors = Type.Array(Cursor, { maxItems: LIMITS.subscriptionsMax });
const groups = (max: number) => Type.Array(Id, { maxItems: max });

/** First frame of a connection. `dev` names the device and stays the same over reconnects. */
export const Hello = Type.Object(
  {
    t: Type.Literal(CLIENT_FRAME.hello),
    i: RequestId,
    v: Type.Integer({ minimum: 1, maximum: 1_000 }),
    tok: Type.String({ minLength: 1, maxLength: 2_048 }),
    dev: Bin16,
    app: Type.String({ maxLength: 64 }),
    cap: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 }),
    cur: Type.Optional(cursors),
    act: Type.Optional(groups(LIMITS.activeLanesMax)),
  },
  open,
);
export const Sub = Type.Object(
  {
    t: Type.Literal(CLIENT_FRAME.sub),
    i: RequestId,
    g: groups(LIMITS.subscriptionsMax),
    /** 1 active: events; 0 passive: heads only. */
    mode: Type.Integer({ minimum: 0, maximum: 1 }),
    cur: Type.Optional(cursors),
  },
  open,
);
export const Unsub = Type.Object({ t: Type.Literal(CLIENT_FRAME.unsub), g: groups(LIMITS.subscriptionsMax) }, open);

/** Content into a lane. `k` and `b` are those of a content kind (CONTENT_KINDS). */
export const Send = Type.Object(
  {
    t: Type.Literal(CLIENT_FRAME.send),
    i: RequestId,
    g: Id,
    l: Type.Optional(Lane),
    n: Bin16,
    k: Type.String({ minLength: 1, maxLength: 32 }),
    b: Type.Unknown(),
    /** Seq of the message this replies to. */
    re: Type.Optional(Seq),
    /** Members mentioned. */
    mn: Type.Optional(Type.Union([Type.Array(Id, { maxItems: LIMITS.mentionsMax }), Type.Literal("all")])),
    as: Type.Optional(Type.Literal("group")),
    /** The highest permission version the client has seen. */
    pv: Type.Optional(Seq0),
    rt: Type.Optional(Type.Literal(1)),
  },
  open,
);
/** A command: method `m` with arguments `a` (COMMANDS). */
export const Cmd = Type.Object(
  {
    t: Type.Literal(CLIENT_FRAME.cmd),
    i: RequestId,
    g: Id,
    l: Type.Optional(Lane),
    n: Bin16,
    m: Type.String({ minLength: 1, maxLength: 32 }),
    a: Type.Unknown(),
    as: Type.Optional(Type.Literal("group")),
    pv: Type.Optional(Seq0),
    /** Apply only if the permission version is exactly this. */
    ifV: Type.Optional(Seq0),
    why: Type.Optional(Reason),
    rt: Type.Optional(Type.Literal(1)),
  },
  open,
);
const lim = Type.Integer({ minimum: 1, maximum: LIMITS.pageMax });
/** History: exactly one of `a`+`z`, `before`+`lim`, `at`+`lim`, `around`+`lim`. */
export const Get = Type.Object(
  {
    t: Type.Literal(CLIENT_FRAME.get),
    i: RequestId,
    g: Id,
    l: Type.Optional(Lane),
    a: Type.Optional(Seq),
    z: Type.Optional(Seq),
    before: Type.Optional(Seq),
    at: Type.Optional(TimeMs),
    around: Type.Optional(Seq),
    lim: Type.Optional(lim),
  },
  open,
);
/** A question outside any sequence: method `m` with arguments `a` (ASKS). `n` where it creates something. */
export const Ask = Type.Object(
  {
    t: Type.Literal(CLIENT_FRAME.ask),
    i: RequestId,
    n: Type.Optional(Bin16),
    m: Type.String({ minLength: 1, maxLength: 32 }),
    a: Type.Unknown(),
  },
  open,
);
export const Read = Type.Object({ t: Type.Literal(CLIENT_FRAME.read), g: Id, l: Type.Optional(Lane), s: Seq }, open);
export const Eph = Type.Object(
  { t: Type.Literal(CLIENT_FRAME.eph), g: Id, l: Type.Optional(Lane), k: Type.String({ minLength: 1, maxLength: 32 }) },
  open,
);
export const Auth = Type.Object(
  { t: Type.Literal(CLIENT_FRAME.auth), i: RequestId, tok: Type.String({ minLength: 1, maxLength: 2_048 }) },
  open,
);
export const Ping = Type.Object({ t: Type.Literal(CLIENT_FRAME.ping) }, open);

export const CLIENT_SCHEMAS = {
  hello: Hello,
  sub: Sub,
  unsub: Unsub,
  send: Send,
  cmd: Cmd,
  get: Get,
  ask: Ask,
  read: Read,
  eph: Eph,
  auth: Auth,
  ping: Ping,
} as const;

export type HelloFrame = Static<typeof Hello>;
export type SubFrame = Static<typeof Sub>;
export type UnsubFrame = Static<typeof Unsub>;
export type SendFrame = Static<typeof Send>;
export type CmdFrame = Static<typeof Cmd>;
export type GetFrame = Static<typeof Get>;
export type AskFrame = Static<typeof Ask>;
export type ReadFrame = Static<typeof Read>;
export type EphFrame = Static<typeof Eph>;
export type AuthFrame = Static<typeof Auth>;
export type PingFrame = Static<typeof Ping>;
export type ClientFrame =
  | HelloFrame
  | SubFrame
  | UnsubFrame
  | SendFrame
  | CmdFrame
  | GetFrame
  | AskFrame
  | ReadFrame
  | EphFrame
  | AuthFrame
  | PingFrame;

/** What `cmd` and `send` are answered with. `dup`: this is the first result of a repeated nonce. */
export const Committed = Type.Object(
  {
    s: Seq,
    ep: Epoch,
    ts: TimeMs,
    m: Type.Optional(Count),
    pv: Type.Optional(Seq0),
    dup: Type.Optional(Type.Literal(1)),
  },
  closed,
);
export type Committed = Static<typeof Committed>;
