import { changePassword, endDevice, endOtherDevices, type Session, signIn } from "@guildhall/client";
import { Peer } from "../peer.ts";
import type { Account, Target } from "../workload/device.ts";
import { somebody } from "../workload/set-up.ts";
import { Listener } from "./listener.ts";

/** How sign-ins are ended, in turn. */
export const WAYS = ["device ended", "other devices ended", "password changed"] as const;
export type Way = (typeof WAYS)[number];

/** A device whose sign-in has been ended, and when that was acknowledged, by the clock of the machine and by the monotonic one. */
export type Revoked = {
  readonly way: Way;
  readonly listener: Listener;
  readonly ackedAtMs: number;
  readonly ackedMonotonicMs: number;
};

/** A member with a device on each gateway, who ends their sign-ins from another one and comes back. */
export class Revocable {
  readonly #api: string;
  readonly #gateways: readonly string[];
  readonly #g: number;
  readonly #account: Account;
  /** Only calls the api. */
  #keeper: Session;
  #password: string;
  #listeners: readonly Listener[] = [];

  private constructor(api: string, gateways: readonly string[], g: number, account: Account, keeper: Session) {
    this.#api = api;
    this.#gateways = gateways;
    this.#g = g;
    this.#account = account;
    this.#keeper = keeper;
    this.#password = account.password;
  }

  /** A new person, who joins the group. */
  static async make(target: Target, gateways: readonly string[], g: number): Promise<Revocable> {
    const { account, sessions } = await somebody(target, 1);
    const [keeper] = sessions;
    if (keeper === undefined) throw new Error("nobody");
    const peer = await Peer.dial(gateways[0] ?? "");
    await peer.greet(keeper);
    await peer.command(g, "member.join", {});
    peer.socket.destroy();
    return new Revocable(target.api, gateways, g, account, keeper);
  }

  /** Signs in on a device for each gateway and follows there. */
  async comeBack(): Promise<readonly Listener[]> {
    this.destroy();
    const { name } = this.#account;
    const listeners: Listener[] = [];
    for (const url of this.#gateways) {
      const session = await signIn(this.#api, { name, password: this.#password });
      listeners.push(await Listener.open(url, session, this.#g));
    }
    this.#listeners = listeners;
    return listeners;
  }

  /** Ends the sign-ins of all devices. */
  async revoke(way: Way): Promise<readonly Revoked[]> {
    const { access } = this.#keeper;
    const acked = (listeners: readonly Listener[]): Revoked[] => {
      const [ackedAtMs, ackedMonotonicMs] = [Date.now(), performance.now()];
      return listeners.map((listener) => ({ way, listener, ackedAtMs, ackedMonotonicMs }));
    };
    if (way === "device ended") {
      const all: Revoked[] = [];
      for (const listener of this.#listeners) {
        await endDevice(this.#api, access, listener.dev);
        all.push(...acked([listener]));
      }
      return all;
    }
    if (way === "other devices ended") await endOtherDevices(this.#api, access);
    else {
      const passwords = { old: this.#password, new: crypto.randomUUID() };
      this.#keeper = await changePassword(this.#api, access, passwords);
      this.#password = passwords.new;
    }
    return acked(this.#listeners);
  }

  destroy(): void {
    for (const listener of this.#listeners) listener.destroy();
  }
}
