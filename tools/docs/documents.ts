import {
  ASKS,
  CLIENT_FRAME,
  CLIENT_SCHEMAS,
  COMMANDS,
  CONTENT_KINDS,
  Committed,
  EVENT_BODIES,
  Event,
  NotSubscribed,
  Page,
  SERVER_FRAME,
  SERVER_SCHEMAS,
  SUBPROTOCOL,
  Subscribed,
} from "@guildhall/proto";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Definitions = Readonly<Record<string, Json>>;

const DIALECT = "https://json-schema.org/draft/2020-12/schema";
const BIN_16 = { type: "string", minLength: 22, maxLength: 22, pattern: "^[A-Za-z0-9_-]{22}$" };

/** Every document made from the contracts, by its place in the repository. */
export function documents(): Readonly<Record<string, string>> {
  return {
    "docs/protocol/schemas.json": text(schemas()),
    "docs/protocol/asyncapi.json": text(asyncapi()),
  };
}

function text(document: Json): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** JSON Schema of the protocol in its JSON encoding: frames, what clients may put in `cmd`, `ask` and `send`, and what events say. */
function schemas(): Json {
  return { $schema: DIALECT, title: "guildhall.v1", $defs: definitions() };
}

function definitions(): Definitions {
  return {
    ...named("client", CLIENT_SCHEMAS, CLIENT_FRAME),
    ...named("server", SERVER_SCHEMAS, SERVER_FRAME),
    ...named("content", CONTENT_KINDS),
    ...args("command", COMMANDS, ["cmd"]),
    ...args("ask", ASKS, ["ask", "own"]),
    ...named("answer", { committed: Committed, subscribed: Subscribed, notSubscribed: NotSubscribed, page: Page }),
    ...named("event", EVENT_BODIES),
    event: converted(Event),
  };
}

/** `types`: for frames, whose `t` is a name in JSON and a number in MessagePack. */
function named(prefix: string, all: Readonly<Record<string, object>>, types?: Readonly<Record<string, number>>) {
  return Object.fromEntries(
    Object.entries(all).map(([name, schema]) => {
      const found = converted(schema);
      return [`${prefix}.${name}`, types === undefined ? found : withType(found, name, types[name] ?? 0)];
    }),
  );
}

/** Arguments of what clients may send; methods of our own services are left out. */
function args(
  prefix: string,
  all: Readonly<Record<string, { readonly args: object; readonly via: string }>>,
  vias: readonly string[],
): Definitions {
  const forClients = Object.entries(all).filter(([, { via }]) => vias.includes(via));
  return Object.fromEntries(forClients.map(([name, spec]) => [`${prefix}.${name}`, converted(spec.args)]));
}

function withType(schema: Json, name: string, number: number): Json {
  const { properties, ...rest } = schema as { readonly properties: Definitions };
  const t = { const: name, description: `In MessagePack the integer ${number}.` };
  return { ...rest, properties: { ...properties, t } } as Json;
}

/** A schema of ours in draft 2020-12: tuples by `prefixItems`, 16 bytes as base64url. */
function converted(schema: object): Json {
  return rewritten(JSON.parse(JSON.stringify(schema)) as Json);
}

function rewritten(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => rewritten(item as Json));
  if (typeof value !== "object" || value === null) return value;
  const map = value as Definitions;
  if ("x-bin" in map) return BIN_16;
  const entries = Object.entries(map).map(([key, item]) => [key, rewritten(item)] as const);
  const { items, additionalItems, ...rest } = Object.fromEntries(entries);
  if (items === undefined) return Object.fromEntries(entries);
  if (!Array.isArray(items)) return { ...rest, items };
  return { ...rest, prefixItems: items as Json, items: additionalItems ?? true };
}

/** AsyncAPI 3 of the WebSocket: one channel, a message a frame. */
function asyncapi(): Json {
  const client = Object.keys(CLIENT_FRAME).map((name) => `client.${name}`);
  const server = Object.keys(SERVER_FRAME).map((name) => `server.${name}`);
  const messages = Object.fromEntries(
    [...client, ...server].map((name) => [name, { name, payload: { $ref: `#/components/schemas/${name}` } }]),
  );
  const inChannel = (name: string) => ({ $ref: `#/channels/socket/messages/${name}` });
  return {
    asyncapi: "3.0.0",
    info: { title: "Guildhall", version: "guildhall.v1", description: "Group messaging over WebSocket." },
    defaultContentType: "application/json",
    channels: {
      socket: {
        address: "/ws",
        description: `Subprotocols: ${Object.values(SUBPROTOCOL).join(", ")}.`,
        messages: Object.fromEntries(
          [...client, ...server].map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
      },
    },
    operations: {
      fromClient: { action: "receive", channel: { $ref: "#/channels/socket" }, messages: client.map(inChannel) },
      fromServer: { action: "send", channel: { $ref: "#/channels/socket" }, messages: server.map(inChannel) },
    },
    components: { schemas: definitions(), messages },
  };
}
