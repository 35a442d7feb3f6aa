import { AppError } from "@guildhall/kernel";

/** `BAD_ARGS` for one argument; `path` is a JSON pointer into the arguments. */
export function badArgs(path: string, detail: string): AppError {
  return new AppError("BAD_ARGS", `${path} ${detail}`, { d: { path } });
}
