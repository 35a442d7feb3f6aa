import { randomBytes } from "node:crypto";
import { AppError, type Clock } from "@guildhall/kernel";
import { LIMITS } from "@guildhall/proto/tables";
import type { Signer } from "@guildhall/token";
import type { Devices } from "./devices.ts";
import type { SendOrder } from "./orders.ts";
import { makeRefreshToken, readRefreshToken, refreshHash } from "./refresh-token.ts";

/** `exp` is the end of `access`, ms since 1970. */
export type Session = {
  readonly u: number;
  readonly access: string;
  readonly refresh: string;
  readonly dev: string;
  readonly exp: number;
};

type SignIn = {
  readonly u: number;
  readonly dev?: string | undefined;
  readonly app?: string | undefined;
  readonly password: boolean;
  /** What the password was checked against. */
  readonly secret?: string;
};

/** `was`, `secret`: the hash the old password was checked against, and that of the new one. */
type Change = { readonly u: number; readonly dev: string; readonly was: string; readonly secret: string };

export type Sessions = {
  /**
   * Signs a person in on a device; what the device had is replaced.
   * @throws AppError `UNAUTHENTICATED` when the password has been changed since it was checked; as SendOrder.
   */
  open(signIn: SignIn): Promise<Session>;

  /**
   * Exchanges a refresh token for the next pair.
   * @throws AppError `UNAUTHENTICATED` for a token that does not hold; used a second time it has ended the device.
   */
  renew(token: string): Promise<Session>;

  /**
   * Puts a new password in force and ends every other device in the same step.
   * @throws AppError `CONFLICT` when the password is no longer the one that was checked; as SendOrder.
   */
  change(change: Change): Promise<Session>;
};

export type SessionNeeds = {
  readonly send: SendOrder;
  readonly devices: Pick<Devices, "withOthers">;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly onRefused: () => void;
};

export function sessions({ send, devices, signer, clock, onRefused }: SessionNeeds): Sessions {
  async function signed(u: number, dev: string, refresh: string, auth: number): Promise<Session> {
    // Whole seconds, as in the token.
    const exp = Math.floor((clock.nowMs() + LIMITS.accessTokenMs) / 1_000) * 1_000;
    return { u, access: await signer.sign({ sub: u, dev, auth, exp }), refresh, dev, exp };
  }

  return {
    async open({ u, dev = randomBytes(16).toString("base64url"), app = "", password, secret }) {
      const refresh = makeRefreshToken(u, dev);
      const auth = password ? clock.nowMs() : 0;
      const checked = secret === undefined ? {} : { secret };
      const a = { dev, app, refresh: refreshHash(refresh), password, ...checked };
      await send({ g: u, u, dev, m: "device.open", a });
      return signed(u, dev, refresh, auth);
    },

    async renew(token) {
      const whose = readRefreshToken(token);
      if (whose === undefined) throw new AppError("UNAUTHENTICATED", "not a refresh token");
      const { u, dev } = whose;
      const next = makeRefreshToken(u, dev);
      const answer = await renewed(send, u, dev, refreshHash(token), refreshHash(next));
      if (!answer.ok) {
        onRefused();
        throw new AppError("UNAUTHENTICATED", "refresh token does not hold");
      }
      return signed(u, dev, next, answer.password);
    },

    async change({ u, dev, was, secret }) {
      const next = makeRefreshToken(u, dev);
      const auth = clock.nowMs();
      const a = { was, secret, dev, refresh: refreshHash(next) };
      await devices.withOthers(u, dev, (others) => send({ g: u, u, dev, m: "password.change", a: { ...a, others } }));
      return signed(u, dev, next, auth);
    },
  };
}

type Renewed = { readonly ok: boolean; readonly password: number };

async function renewed(send: SendOrder, u: number, dev: string, from: string, to: string): Promise<Renewed> {
  try {
    const { d } = await send({ g: u, u, dev, m: "device.renew", a: { dev, from, to } });
    return readRenewed(d);
  } catch (cause) {
    // No such person or device, or one that has ended: to the outside a token that does not hold.
    if (cause instanceof AppError && (cause.code === "NOT_FOUND" || cause.code === "FORBIDDEN")) {
      throw new AppError("UNAUTHENTICATED", "no such device", { cause });
    }
    throw cause;
  }
}

function readRenewed(d: unknown): Renewed {
  const { ok, password } = typeof d === "object" && d !== null ? (d as Record<string, unknown>) : {};
  if (ok === false) return { ok, password: 0 };
  if (ok === true && typeof password === "number") return { ok, password };
  throw new AppError("INTERNAL", "device.renew answered in an unknown form");
}
