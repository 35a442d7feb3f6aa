import type { Feature } from "@guildhall/entity";
import { claim } from "./claim/feature.ts";
import { cursor } from "./cursor/feature.ts";
import { device } from "./device/feature.ts";
import { entitlement } from "./entitlement/feature.ts";
import { membership } from "./membership/feature.ts";
import { person } from "./person/feature.ts";
import { seat } from "./seat/feature.ts";

export * from "./claim/tables.ts";
export * from "./cursor/tables.ts";
export type { Renewed } from "./device/renew-device.ts";
export * from "./device/tables.ts";
export * from "./entitlement/tables.ts";
export * from "./membership/tables.ts";
export * from "./person/tables.ts";
export * from "./seat/tables.ts";

/** All that concerns a person, and the unique names of people and groups. */
export const PERSON_FEATURES: readonly Feature[] = [claim, person, device, membership, cursor, entitlement, seat];
