import { AppError } from "@guildhall/kernel";
import type { CommandSpec } from "@guildhall/proto";
import { checkArgs } from "@guildhall/wire";

/** `checkArgs` for a part of a frame: the path in the error is that of the frame. @throws AppError `BAD_ARGS`. */
export function checkAt<T>(place: string, schema: CommandSpec["args"], value: unknown): T {
  try {
    return checkArgs<T>(schema, value);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "BAD_ARGS") throw error;
    const { path = "" } = (error.d ?? {}) as { readonly path?: string };
    throw new AppError("BAD_ARGS", `${place}${path}`, { d: { path: place + path }, cause: error });
  }
}
