import { CLIENT_SCHEMAS, SERVER_SCHEMAS } from "@guildhall/proto";
import { CLIENT_FRAME, SERVER_FRAME } from "@guildhall/proto/tables";
import type { TSchema } from "typebox";

/** One frame type, as both codecs need it. */
export type Shape = {
  readonly name: string;
  readonly type: number;
  readonly schema: TSchema;
  /** Every key of the envelope but `t`. */
  readonly keys: readonly string[];
  /** Those that are bytes: `bin` in MessagePack, base64url in JSON. */
  readonly bins: ReadonlySet<string>;
};

/** One direction: its frame types by either of their two names. */
export type Direction = {
  readonly byType: ReadonlyMap<unknown, Shape>;
  readonly byName: ReadonlyMap<unknown, Shape>;
};

type FrameSchema = TSchema & { readonly properties: Readonly<Record<string, TSchema>> };

function direction(schemas: Readonly<Record<string, FrameSchema>>, types: Readonly<Record<string, number>>): Direction {
  const shapes = Object.entries(schemas).map(([name, schema]) => shapeOf(name, types[name] ?? 0, schema));
  return {
    byType: new Map(shapes.map((shape) => [shape.type, shape])),
    byName: new Map(shapes.map((shape) => [shape.name, shape])),
  };
}

function shapeOf(name: string, type: number, schema: FrameSchema): Shape {
  const keys = Object.keys(schema.properties).filter((key) => key !== "t");
  const bins = keys.filter((key) => "x-bin" in (schema.properties[key] ?? {}));
  return { name, type, schema, keys, bins: new Set(bins) };
}

export const FROM_CLIENT = direction(CLIENT_SCHEMAS, CLIENT_FRAME);
export const FROM_SERVER = direction(SERVER_SCHEMAS, SERVER_FRAME);
