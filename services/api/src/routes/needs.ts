import type { OwnerClient } from "@guildhall/owner";
import type { TakeTurn } from "../http/rates.ts";
import type { Devices } from "../people/devices.ts";
import type { SendOrder } from "../people/orders.ts";
import type { Passwords } from "../people/passwords.ts";
import type { People } from "../people/people.ts";
import type { Sessions } from "../people/sessions.ts";
import type { ApiPorts } from "../ports.ts";
import type { SignedIn } from "./signed-in.ts";

/** What routes are made from. */
export type RouteNeeds = Pick<ApiPorts, "keys" | "log" | "operator" | "ready" | "registry"> & {
  readonly owner: OwnerClient;
  readonly people: People;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly signedIn: SignedIn;
  readonly passwords: Passwords;
  readonly take: TakeTurn;
  readonly send: SendOrder;
};
