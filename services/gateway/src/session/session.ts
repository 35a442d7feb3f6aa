import type { ServerFrame } from "@guildhall/proto";
import { CLOSE_CODES, type CloseName, type Encoding, LIMITS, SERVER_FRAME } from "@guildhall/proto/tables";
import { codecFor, type FrameCodec } from "@guildhall/wire";
import { Chain } from "./chain.ts";
import { Outgoing, type OutgoingCounts } from "./outgoing.ts";
import type { Socket } from "./socket.ts";

/** Who a connection speaks for, from its token; undefined before `hello` has been answered. */
export type Person = {
  readonly u: number;
  /** The device: 22 characters of base64url. */
  readonly dev: string;
  /** When the person last gave a password, ms; 0 never. */
  auth: number;
  /** End of the token, ms. */
  exp: number;
  /** The same by our monotonic clock: a clock that is set meanwhile ends no connection. */
  endsAtMs: number;
};

/**
 * One connection: who is there, what it may still do, and the way out to its socket. Knows neither the
 * socket's library nor where events come from.
 */
export class Session {
  /** Random, for the client's own logs and for presence. */
  readonly sid: string;
  readonly encoding: Encoding;
  readonly codec: FrameCodec;
  readonly out: Outgoing;
  /** `new`: nothing but `hello` is taken. `greeting`: its token is being looked at. */
  state: "new" | "greeting" | "open" = "new";
  person: Person | undefined;
  strikes = 0;
  /** Requests without an answer yet; at most LIMITS.inFlightMax. */
  inFlight = 0;
  /** Monotonic, ms. */
  readonly openedAtMs: number;
  heardAtMs: number;
  presentAtMs = 0;
  /** When its sign-in is to be checked again; infinite while that is under way. */
  checkAtMs = Number.POSITIVE_INFINITY;
  /** When its bucket of frames will be full. */
  framesFullAtMs = 0;
  /** The newest frames that were refused because there were too many; as many as are looked at. */
  readonly refusedAtMs: number[] = [];
  /** Where it comes from, as it is counted. */
  address = "";
  /** Groups whose events this session is sent. */
  readonly groups = new Set<number>();
  /** Groups of which this session is told only the heads; none of them is in `groups`. */
  readonly passive = new Set<number>();
  /** When it was last sent a `head` frame, monotonic. */
  headAtMs = Number.NEGATIVE_INFINITY;
  /** What is left for replays on resume, for the whole connection. */
  readonly replay = { events: LIMITS.replayMaxEvents as number, bytes: LIMITS.replayMaxBytes as number };
  /** Subscribing, leaving and resuming happen one after another. */
  readonly subscribing = new Chain();
  /** Pages of history are read and written one at a time. */
  readonly reading = new Chain();
  /** Commands of one group leave in the order they came. */
  readonly commanding = new Map<number, Promise<void>>();

  constructor(sid: string, socket: Socket, encoding: Encoding, nowMs: number, counts: OutgoingCounts) {
    this.sid = sid;
    this.encoding = encoding;
    this.codec = codecFor(encoding);
    this.openedAtMs = nowMs;
    this.heardAtMs = nowMs;
    this.out = new Outgoing(socket, encoding === "msgpack", counts);
  }

  get open(): boolean {
    return this.out.open;
  }

  /** Whether the frame went out; if not, the session is closing or closed. */
  send(frame: ServerFrame): boolean {
    return this.out.open && this.out.write(this.codec.encodeServer(frame));
  }

  /** Says why, then closes. */
  bye(name: CloseName): void {
    const { code, text } = CLOSE_CODES[name];
    this.send({ t: SERVER_FRAME.bye, c: code, m: text });
    this.out.close(name);
  }
}
