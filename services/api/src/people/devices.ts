import { AppError } from "@guildhall/kernel";
import type { OwnerClient } from "@guildhall/owner";
import type { DeviceRef, DevicesList } from "@guildhall/proto";
import type { SendOrder } from "./orders.ts";

/** Attempts at what must name every device, when others sign in meanwhile. */
const ATTEMPTS_MAX = 3;

export type Devices = {
  /** Where somebody is signed in, the last renewed first. */
  list(u: number): Promise<readonly DeviceRef[]>;
  /** Ends one sign-in; one that has ended already stays so. @throws AppError `NOT_FOUND`. */
  end(u: number, dev: string): Promise<void>;
  /** Ends every sign-in but that on `dev`. @throws AppError `UNAVAILABLE` when others keep signing in. */
  endOthers(u: number, dev: string): Promise<void>;
  /**
   * Runs `change` with the devices besides `dev`, and again when others have signed in meanwhile.
   * @throws AppError what `change` throws; `UNAVAILABLE` after ATTEMPTS_MAX.
   */
  withOthers<T>(u: number, dev: string, change: (others: readonly string[]) => Promise<T>): Promise<T>;
};

export function devices(owner: OwnerClient, send: SendOrder): Devices {
  async function list(u: number): Promise<readonly DeviceRef[]> {
    return ((await owner.ask(u, 0, "devices.list", {})) as DevicesList).devices;
  }

  async function withOthers<T>(u: number, dev: string, change: (others: readonly string[]) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const others = (await list(u)).map((device) => device.dev).filter((other) => other !== dev);
      try {
        return await change(others);
      } catch (cause) {
        if (!(cause instanceof AppError) || cause.code !== "STALE_VERSION") throw cause;
        if (attempt >= ATTEMPTS_MAX) throw new AppError("UNAVAILABLE", "other devices keep signing in", { cause });
      }
    }
  }

  return {
    list,
    withOthers,
    async end(u, dev) {
      await send({ g: u, u, dev, m: "device.end", a: { devs: [dev] } });
    },
    async endOthers(u, dev) {
      await withOthers(u, dev, (devs) => send({ g: u, u, dev, m: "device.end", a: { devs, keep: dev } }));
    },
  };
}
