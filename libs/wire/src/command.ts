import { AppError } from "@guildhall/kernel";
import { Command } from "@guildhall/proto";
import { mistakeIn, validatorFor } from "./check.ts";
import { copyOf, isMap, pack, unpack } from "./msgpack.ts";

/** A command for its owner. */
export function encodeCommand(command: Command): Uint8Array {
  return pack(command);
}

/**
 * The command in `bytes`; shares no memory with them.
 * @throws AppError `INTERNAL` when they are not a command: only our own services write these.
 */
export function decodeCommand(bytes: Uint8Array): Command {
  const command = unpack(bytes);
  if (isMap(command) && command["n"] instanceof Uint8Array) command["n"] = copyOf(command["n"]);
  if (validatorFor(Command).Check(command)) return command as Command;
  const { path, message } = mistakeIn(Command, command);
  throw new AppError("INTERNAL", `not a command: ${path} ${message}`);
}
