import { AppError } from "@guildhall/kernel";
import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";

/** Longest path told to a client. A path may hold a key the client made up. */
const PATH_MAX_CHARS = 128;

/** Compiled on first use. There are as many as proto has schemas. */
const validators = new WeakMap<TSchema, Validator>();

/** The compiled form of `schema`. */
export function validatorFor(schema: TSchema): Validator {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator = Compile(schema);
    validators.set(schema, validator);
  }
  return validator;
}

/** Where `value` first departs from `schema`, as a JSON pointer, and how. */
export function mistakeIn(schema: TSchema, value: unknown): { readonly path: string; readonly message: string } {
  const [first] = validatorFor(schema).Errors(value);
  if (first === undefined) return { path: "", message: "no mistake found" };
  const missing = first.keyword === "required" ? `/${first.params.requiredProperties[0] ?? ""}` : "";
  return { path: (first.instancePath + missing).slice(0, PATH_MAX_CHARS), message: first.message };
}

/**
 * Returns `value` as what `schema` describes.
 * @throws AppError `BAD_ARGS` with `d.path`, the place of the first mistake as a JSON pointer.
 */
export function checkArgs<S extends TSchema>(schema: S, value: unknown): Static<S>;
/** The same for a schema whose type is not known where it is checked: the caller names the type. */
export function checkArgs<T>(schema: TSchema, value: unknown): T;
export function checkArgs(schema: TSchema, value: unknown): unknown {
  if (validatorFor(schema).Check(value)) return value;
  const { path, message } = mistakeIn(schema, value);
  throw new AppError("BAD_ARGS", `${path} ${message}`, { d: { path } });
}
