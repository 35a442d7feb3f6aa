import type { Feature, Handler } from "@guildhall/entity";
import { audited } from "@guildhall/group";
import { commandSpec } from "@guildhall/proto";
import { groups } from "./groups/feature.ts";
import { ACCOUNT_OFFICES } from "./offices.ts";
import { operator } from "./operator/feature.ts";
import { profile } from "./profile/feature.ts";

export { toldOf } from "./decide.ts";
export * from "./tables.ts";

/** All that an account can do; what is an act of power leaves a record of itself. */
export const ACCOUNT_FEATURES: readonly Feature[] = [profile, operator, groups].map(withRecords);

function withRecords(feature: Feature): Feature {
  const recorded = ([method, handler]: [string, Handler]): [string, Handler] => {
    const which = commandSpec(method)?.audited;
    return [method, which === undefined ? handler : audited(method, handler, which, ACCOUNT_OFFICES)];
  };
  return { ...feature, commands: Object.fromEntries(Object.entries(feature.commands).map(recorded)) };
}
