import type { SocketEvents, SocketFactory } from "@guildhall/client";
import type { Connections, Listen, Socket } from "@guildhall/gateway";
import { SUBPROTOCOL } from "@guildhall/proto/tables";
import type { Checks, Watched } from "../checks/checks.ts";
import { EDGES } from "./config.ts";
import type { Host, World } from "./world.ts";

const WAY_MIN_MS = 0.1;
const WAY_MAX_MS = 3;
/** More than this on its way to a client is lost; the gateway's socket library has the same bound. */
const BUFFERED_MAX_BYTES = 128 * 1024;
const [DROPPED, SENT] = [2, 1];
const LOST = 1006;
/** Of the connections, those that are led anywhere. */
const ROAMING = 0.2;

type Listening = { readonly host: Host; readonly connections: Connections<unknown> };

/** The network between clients and the gateway: in order, and cut at any moment. */
export class SimNetwork {
  readonly #world: World;
  readonly #checks: Checks;
  readonly #wires = new Set<Wire>();
  /** By the place of the edge. */
  readonly #listening = new Map<number, Listening>();

  constructor(world: World, checks: Checks) {
    this.#world = world;
    this.#checks = checks;
  }

  /** For the gateway that runs as `host` at a place of its own. */
  listen(host: Host, at: number): Listen {
    return async (_, connections) => {
      this.#listening.set(at, { host, connections: connections as Connections<unknown> });
      return {
        port: 1,
        stopListening: () => void this.#listening.delete(at),
        async [Symbol.asyncDispose]() {},
      };
    };
  }

  /** For the client of person `u` that runs as `host`. */
  dial(host: Host, u: number): SocketFactory {
    return async (_, protocol, events) => {
      const encoding = protocol === SUBPROTOCOL.json ? "json" : "msgpack";
      const watched = this.#checks.connection(u, encoding);
      const wire = new Wire(this.#world, host, events, encoding === "json", watched);
      this.#wires.add(wire);
      const server = this.#listening.get(this.#placeFor(u));
      this.#world.later(this.#world.outside, this.#way(), () => {
        if (server?.host.alive !== true) this.#world.later(host, this.#way(), () => wire.ended(LOST, "refused"));
        else this.#world.later(server.host, 0, () => wire.open(server, encoding));
      });
      return { send: (data) => wire.toServer(data), close: (code, reason) => wire.closedByClient(code, reason) };
    };
  }

  /** The process that the newest connection of `client` has led to. */
  serverOf(client: Host): Host | undefined {
    return [...this.#wires].findLast((wire) => wire.client === client)?.server;
  }

  /** The connections of a client are lost; its process does not die. */
  cut(host: Host): void {
    for (const wire of this.#wires) if (wire.client === host) this.#lose(wire);
  }

  /** The gateway that ran as `server` has died. */
  cutFrom(server: Host): void {
    for (const wire of this.#wires) if (wire.server === server) this.#lose(wire);
  }

  /** Mostly the same place for one person, so that what they were told there holds there. */
  #placeFor(u: number): number {
    const home = (u >> 1) % EDGES;
    return this.#world.random.chance(ROAMING) ? this.#world.random.below(EDGES) : home;
  }

  #lose(wire: Wire): void {
    this.#wires.delete(wire);
    wire.cut();
  }

  #way(): number {
    return this.#world.random.between(WAY_MIN_MS, WAY_MAX_MS);
  }
}

/** One connection. Each direction is in order; what is on its way when it is cut is lost. */
class Wire {
  readonly client: Host;
  readonly #world: World;
  readonly #events: SocketEvents;
  readonly #json: boolean;
  readonly #watched: Watched;
  #server: Listening | undefined;
  #connection: unknown;
  #serverEnded = false;
  #clientEnded = false;
  #cut = false;
  #buffered = 0;
  #toClientMs = 0;
  #toServerMs = 0;

  constructor(world: World, client: Host, events: SocketEvents, json: boolean, watched: Watched) {
    this.#world = world;
    this.client = client;
    this.#events = events;
    this.#json = json;
    this.#watched = watched;
  }

  /** Whose connection it is on the other side, once it is open. */
  get server(): Host | undefined {
    return this.#server?.host;
  }

  open(server: Listening, encoding: "json" | "msgpack"): void {
    if (this.#cut || this.#clientEnded) return;
    this.#server = server;
    this.#connection = server.connections.opened(this.#socket(server), encoding, "net");
    this.#down(() => this.#events.onOpen());
  }

  toServer(data: Uint8Array | string): void {
    if (this.#clientEnded) return;
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data.slice();
    this.#up(({ connections }) => {
      this.#watched.fromClient(bytes);
      connections.received(this.#connection, bytes, !this.#json);
    });
  }

  closedByClient(code: number, reason: string): void {
    this.#up((server) => this.#endServer(server, code));
    this.#world.later(this.client, this.#way(), () => this.ended(code, reason));
  }

  ended(code: number, reason: string): void {
    if (this.#clientEnded) return;
    this.#clientEnded = true;
    this.#events.onClose(code, reason);
  }

  cut(): void {
    this.#cut = true;
    this.#world.later(this.client, this.#way(), () => this.ended(LOST, "cut"));
    const server = this.#server;
    if (server !== undefined) this.#world.later(server.host, this.#way(), () => this.#endServer(server, LOST));
  }

  #endServer({ connections }: Listening, code: number): void {
    if (this.#serverEnded) return;
    this.#serverEnded = true;
    connections.closed(this.#connection, code, undefined);
  }

  #socket(server: Listening): Socket {
    return {
      send: (bytes) => {
        if (this.#buffered + bytes.length > BUFFERED_MAX_BYTES) return DROPPED;
        const copy = bytes.slice();
        this.#buffered += copy.length;
        this.#world.noteBytes(copy);
        this.#watched.fromServer(copy);
        this.#down(() => {
          this.#buffered -= copy.length;
          if (this.#clientEnded) return;
          this.#watched.reached(copy);
          this.#events.onMessage(this.#json ? new TextDecoder().decode(copy) : copy);
          this.#world.later(server.host, this.#way(), () => {
            if (!this.#serverEnded) server.connections.drained(this.#connection);
          });
        });
        return SENT;
      },
      // The system under a client answers, as long as the client itself takes what comes.
      ping: (bytes) => {
        const copy = bytes.slice();
        this.#down(() => {
          if (!this.#clientEnded) this.#up(({ connections }) => connections.answered(this.#connection, copy));
        });
        return SENT;
      },
      getBufferedAmount: () => this.#buffered,
      end: (code, text) => {
        this.#down(() => this.ended(code, text));
        this.#endServer(server, code);
      },
      cork: (write) => write(),
    };
  }

  #down(run: () => void): void {
    this.#toClientMs = Math.max(this.#toClientMs, this.#world.nowMs + this.#way());
    this.#world.later(this.client, this.#toClientMs - this.#world.nowMs, () => {
      if (!this.#cut) run();
    });
  }

  #up(run: (server: Listening) => void): void {
    const server = this.#server;
    if (server === undefined) return;
    this.#toServerMs = Math.max(this.#toServerMs, this.#world.nowMs + this.#way());
    this.#world.later(server.host, this.#toServerMs - this.#world.nowMs, () => {
      if (!this.#cut && !this.#serverEnded) run(server);
    });
  }

  #way(): number {
    return this.#world.random.between(WAY_MIN_MS, WAY_MAX_MS);
  }
}
