import type { Feature } from "@guildhall/entity";
import { lifecycle } from "./lifecycle/feature.ts";
import { membership } from "./membership/feature.ts";
import { message } from "./message/feature.ts";
import { pin } from "./pin/feature.ts";
import { reaction } from "./reaction/feature.ts";
import { role } from "./role/feature.ts";

export * from "./facts.ts";
export * from "./lifecycle/tables.ts";
export * from "./membership/tables.ts";
export * from "./role/tables.ts";

/** All that a group can do. */
export const GROUP_FEATURES: readonly Feature[] = [lifecycle, membership, role, message, reaction, pin];
