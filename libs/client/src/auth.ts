import type { AppealsList, EntitleArgs } from "@guildhall/proto";
import { ERRORS, type ErrorCode, type OPERATOR_STATES } from "@guildhall/proto/tables";
import { GuildhallError } from "./errors.ts";

/** A request over HTTP that is not answered for this long has failed, ms. */
const HTTP_TIMEOUT_MS = 15_000;

/** Signed in on one device. `dev` is 22 characters of base64url; `exp` the end of `access`, ms. */
export type Session = {
  readonly u: number;
  /** Absent after a refresh. */
  readonly name?: string;
  readonly access: string;
  readonly refresh: string;
  readonly dev: string;
  readonly exp: number;
};
export type Credentials = {
  readonly name: string;
  readonly password: string;
  /** The device to sign in on; without it the server draws a new one. */
  readonly dev?: string;
};
/** A name that was not added, and why. */
export type NotAdded = { readonly name: string; readonly code: string };
export type PersonRef = { readonly u: number; readonly name: string };
export type GroupRef = { readonly g: number };

/** A device one is signed in on. Times in ms since 1970; `here`: the one that asks. */
export type Device = {
  readonly dev: string;
  /** The program that signed in there. */
  readonly app: string;
  readonly at: number;
  /** When it last renewed its tokens. */
  readonly seen: number;
  readonly here: boolean;
};

export type HttpOptions = {
  /** Replaces the platform's `fetch`. */
  readonly fetch?: typeof fetch;
};

type Call = HttpOptions & { readonly method?: string; readonly body?: unknown; readonly key?: string };

/** Makes a person and signs in. @throws GuildhallError `CONFLICT` where the name is taken, `BAD_ARGS`, `UNAVAILABLE`. */
export function signUp(api: string, credentials: Credentials, options: HttpOptions = {}): Promise<Session> {
  return call<Session>(api, "/v1/people", { ...options, body: credentials });
}

/** Signs in with a password. @throws GuildhallError `UNAUTHENTICATED`, `RATE_LIMITED`, `UNAVAILABLE`. */
export function signIn(api: string, credentials: Credentials, options: HttpOptions = {}): Promise<Session> {
  return call<Session>(api, "/v1/session", { ...options, body: credentials });
}

/**
 * Exchanges a refresh token for a new pair. The old one must not be used again: used twice it ends the device.
 * @throws GuildhallError `UNAUTHENTICATED` where the token no longer holds, `UNAVAILABLE`.
 */
export function refresh(api: string, token: string, options: HttpOptions = {}): Promise<Session> {
  return call<Session>(api, "/v1/session/refresh", { ...options, body: { refresh: token } });
}

/** Where one is signed in, the last used first. @throws GuildhallError `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function listDevices(api: string, access: string, options: HttpOptions = {}): Promise<readonly Device[]> {
  const answer = await call<{ devices: readonly Device[] }>(api, "/v1/devices", {
    ...options,
    method: "GET",
    key: access,
  });
  return answer.devices;
}

/**
 * Signs out one of one's devices: its tokens no longer hold and its connections are closed.
 * @throws GuildhallError `NOT_FOUND`, `UNAUTHENTICATED`, `UNAVAILABLE`.
 */
export async function endDevice(api: string, access: string, dev: string, options: HttpOptions = {}): Promise<void> {
  await call(api, `/v1/devices/${encodeURIComponent(dev)}`, { ...options, method: "DELETE", key: access });
}

/** Signs out every device but this one. @throws GuildhallError `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function endOtherDevices(api: string, access: string, options: HttpOptions = {}): Promise<void> {
  await call(api, "/v1/devices", { ...options, method: "DELETE", key: access });
}

/** Signs out this device. @throws GuildhallError `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function signOut(api: string, access: string, options: HttpOptions = {}): Promise<void> {
  await call(api, "/v1/session/end", { ...options, key: access, body: {} });
}

/**
 * Changes one's password and signs out every other device. This one goes on with the new pair of tokens; the
 * refresh token it had must not be used again.
 * @throws GuildhallError `FORBIDDEN` for a wrong old password, `BAD_ARGS`, `RATE_LIMITED`, `CONFLICT` when it was
 *   changed at the same time, `UNAUTHENTICATED`, `UNAVAILABLE`.
 */
export function changePassword(
  api: string,
  access: string,
  passwords: { readonly old: string; readonly new: string },
  options: HttpOptions = {},
): Promise<Session> {
  return call<Session>(api, "/v1/password", { ...options, key: access, body: passwords });
}

/** Exchanges the one-time code of a new installation for its operator key. @throws GuildhallError `UNAUTHENTICATED`. */
export function claimOperator(api: string, code: string, options: HttpOptions = {}): Promise<{ key: string }> {
  return call<{ key: string }>(api, "/v1/operator", { ...options, body: { code } });
}

/** Adds people without passwords, at most 100 at once; each succeeds or fails by itself. @throws GuildhallError `UNAUTHENTICATED`, `BAD_ARGS`. */
export async function addPeople(
  api: string,
  key: string,
  names: readonly string[],
  options: HttpOptions = {},
): Promise<readonly (Session | NotAdded)[]> {
  const answer = await call<{ people: readonly (Session | NotAdded)[] }>(api, "/v1/people/batch", {
    ...options,
    key,
    body: { names },
  });
  return answer.people;
}

/** Who has this name. @throws GuildhallError `NOT_FOUND`. */
export function findPerson(api: string, key: string, name: string, options: HttpOptions = {}): Promise<PersonRef> {
  return call<PersonRef>(api, `/v1/people/${encodeURIComponent(name)}`, { ...options, method: "GET", key });
}

/** Which group has this number. @throws GuildhallError `NOT_FOUND`. */
export function findGroupByNumber(
  api: string,
  key: string,
  number: number,
  options: HttpOptions = {},
): Promise<GroupRef> {
  return call<GroupRef>(api, `/v1/groups/${number}`, { ...options, method: "GET", key });
}

/** Freezes a group, bans it or opens it again, as the operator; its members see the reason. */
export async function setGroupState(
  api: string,
  key: string,
  number: number,
  body: { readonly state: (typeof OPERATOR_STATES)[number]; readonly why: string },
  options: HttpOptions = {},
): Promise<void> {
  await call(api, `/v1/groups/${number}/state`, { ...options, body, key });
}

/** The newest appeals of a group with their answers, as the operator. */
export function listAppeals(api: string, key: string, number: number, options: HttpOptions = {}): Promise<AppealsList> {
  return call<AppealsList>(api, `/v1/groups/${number}/appeals`, { ...options, method: "GET", key });
}

/** Grants an appeal, which opens the group again, or not, as the operator. */
export async function answerAppeal(
  api: string,
  key: string,
  number: number,
  body: { readonly n: number; readonly granted: boolean; readonly why: string },
  options: HttpOptions = {},
): Promise<void> {
  await call(api, `/v1/groups/${number}/appeals`, { ...options, body, key });
}

/** Entitles a person to something until a time, ms, as the operator; 0 takes it back. `ref`: where it is known from. */
export async function entitlePerson(
  api: string,
  key: string,
  name: string,
  body: EntitleArgs & { readonly why: string },
  options: HttpOptions = {},
): Promise<void> {
  await call(api, `/v1/people/${encodeURIComponent(name)}/entitlements`, { ...options, body, key });
}

async function call<T>(
  api: string,
  path: string,
  { fetch: send = fetch, method = "POST", body, key }: Call,
): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (key !== undefined) headers["authorization"] = `Bearer ${key}`;
  const init: RequestInit = { method, headers, signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) };
  let status: number;
  let answer: unknown;
  try {
    const response = await send(
      new URL(path, api),
      body === undefined ? init : { ...init, body: JSON.stringify(body) },
    );
    status = response.status;
    answer = await response.json();
  } catch (cause) {
    throw new GuildhallError("UNAVAILABLE", `no usable answer from ${api}`, { cause });
  }
  if (status >= 200 && status < 300) return answer as T;
  throw problem(status, answer);
}

/** The error of a problem+json body; without a known code, by the status. */
function problem(status: number, body: unknown): GuildhallError {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const code = fields["code"];
  const detail = fields["detail"];
  const retryAfterMs = fields["ra"];
  return new GuildhallError(
    typeof code === "string" && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : codeOf(status),
    typeof detail === "string" ? detail : undefined,
    { d: fields["d"], ...(typeof retryAfterMs === "number" ? { retryAfterMs } : {}) },
  );
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 403) return "FORBIDDEN";
  if (status === 404) return "NOT_FOUND";
  if (status === 409) return "CONFLICT";
  if (status === 429) return "RATE_LIMITED";
  return status >= 500 ? "UNAVAILABLE" : "BAD_ARGS";
}
