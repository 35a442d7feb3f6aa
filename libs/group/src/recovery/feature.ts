import { anyTable, type Feature } from "@guildhall/entity";
import { approveRecovery } from "./approve-recovery.ts";
import { finishRecovery } from "./finish-recovery.ts";
import { getRecovery } from "./get-recovery.ts";
import { openRecovery } from "./open-recovery.ts";
import { setGuardians } from "./set-guardians.ts";
import { GUARDIANS, RECOVERIES } from "./tables.ts";
import { vetoRecovery } from "./veto-recovery.ts";

/** A group whose owner is lost gets another one: several people, a waiting time, a veto. */
export const recovery: Feature = {
  tables: [anyTable(GUARDIANS), anyTable(RECOVERIES)],
  commands: {
    "guardian.set": setGuardians,
    "recovery.open": openRecovery,
    "recovery.approve": approveRecovery,
    "recovery.veto": vetoRecovery,
    "recovery.finish": finishRecovery,
  },
  queries: { "recovery.get": getRecovery },
};
