import type { Feature, Handler } from "@guildhall/entity";
import { commandSpec } from "@guildhall/proto";
import { announcement } from "./announcement/feature.ts";
import { appeal } from "./appeal/feature.ts";
import { audited } from "./audit/audited.ts";
import { audit } from "./audit/feature.ts";
import { lifecycle } from "./lifecycle/feature.ts";
import { membership } from "./membership/feature.ts";
import { message } from "./message/feature.ts";
import { pin } from "./pin/feature.ts";
import { profile } from "./profile/feature.ts";
import { reaction } from "./reaction/feature.ts";
import { recovery } from "./recovery/feature.ts";
import { role } from "./role/feature.ts";
import { voice } from "./voice/feature.ts";

export { audited, KEPT_REFUSALS, type Offices, templateOf } from "./audit/audited.ts";
export * from "./audit/chain.ts";
export { pageActs } from "./audit/page-audit.ts";
export * from "./audit/tables.ts";
export * from "./facts.ts";
export * from "./lifecycle/tables.ts";
export * from "./membership/tables.ts";
export { nameOf } from "./names.ts";
export * from "./role/tables.ts";

/** All that a group can do; what is an act of power leaves a record of itself. */
export const GROUP_FEATURES: readonly Feature[] = [
  lifecycle,
  profile,
  membership,
  role,
  message,
  reaction,
  pin,
  announcement,
  appeal,
  recovery,
  voice,
  audit,
].map(withRecords);

function withRecords(feature: Feature): Feature {
  const recorded = ([method, handler]: [string, Handler]): [string, Handler] => {
    const which = commandSpec(method)?.audited;
    return [method, which === undefined ? handler : audited(method, handler, which)];
  };
  return { ...feature, commands: Object.fromEntries(Object.entries(feature.commands).map(recorded)) };
}
