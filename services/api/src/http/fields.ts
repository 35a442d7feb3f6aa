import { closed, UserName } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { isDevice } from "@guildhall/token";
import Type from "typebox";

/** What several routes take or give. All bodies are closed: an unknown field is refused. */

const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
const LONE_SURROGATE = /\p{Cs}/u;
const APP_MAX_CHARS = 64;

export const Name = UserName;
/** The client program, for a person's list of devices. */
export const AppName = Type.Refine(
  Type.String({ maxLength: APP_MAX_CHARS }),
  (value) => value.length <= APP_MAX_CHARS && !UNPRINTABLE.test(value),
  () => "must be at most 64 printable characters",
);
export const Device = Type.Refine(
  Type.String({ pattern: "^[A-Za-z0-9_-]{22}$", description: "16 bytes as base64url." }),
  isDevice,
  () => "must be 16 bytes of base64url",
);

/** Passwords are compared in this form: the same letters typed on two systems are the same password. */
export const passwordBytes = (password: string): Uint8Array => new TextEncoder().encode(password.normalize("NFC"));

/** For signing in: also one that the rules for a new one would refuse. */
export const Password = Type.Refine(
  Type.String({
    maxLength: LIMITS.passwordMaxBytes,
    description: `At most ${LIMITS.passwordMaxBytes} bytes of UTF-8 in the normal form NFC; a new one at least ${LIMITS.passwordMinBytes}.`,
  }),
  (value) => !LONE_SURROGATE.test(value) && passwordBytes(value).length <= LIMITS.passwordMaxBytes,
  () => `must be at most ${LIMITS.passwordMaxBytes} bytes of UTF-8`,
);
export const NewPassword = Type.Refine(
  Password,
  (value) => passwordBytes(value).length >= LIMITS.passwordMinBytes,
  () => `must be at least ${LIMITS.passwordMinBytes} bytes of UTF-8`,
);

/** Signed in. `exp` is the end of `access`, ms since 1970. */
export const Session = Type.Object({
  u: Type.Integer(),
  name: Type.Optional(Type.String()),
  access: Type.String(),
  refresh: Type.String(),
  dev: Type.String(),
  exp: Type.Integer(),
});

/** Done; there is nothing to say about it. */
export const Done = Type.Object({}, closed);
export const NoBody = Type.Object({}, closed);
export const NoQuery = Type.Object({}, closed);

export const ProblemBody = Type.Object({
  type: Type.Literal("about:blank"),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  c: Type.Integer(),
  detail: Type.String(),
  ra: Type.Optional(Type.Integer()),
  d: Type.Optional(Type.Unknown()),
});
