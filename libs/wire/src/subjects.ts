/** Every subject of the bus. `p` is the partition. */

/** Commands for the owner: request and reply. */
export const cmdSubject = (p: number): string => `cmd.${p}`;
/** Questions to the owner about an entity: request and reply. */
export const askSubject = (p: number): string => `ask.${p}`;
/** State of a lane: request and reply. */
export const openSubject = (p: number): string => `open.${p}`;
/** Facts the permission rule needs: request and reply. */
export const factsSubject = (p: number): string => `facts.${p}`;
/** Batches of acknowledged events. */
export const evSubject = (p: number): string => `ev.${p}`;
/** Permission facts that changed. */
export const pvSubject = (p: number): string => `pv.${p}`;
/** What an owner that leaves has in memory, for the next one. */
export const handOverSubject = (p: number): string => `handover.${p}`;
/** What concerns a person everywhere. `p` is the person's partition. */
export const personSubject = (p: number): string => `person.${p}`;
/** Typing, reading and the like: told once, kept nowhere. */
export const ephSubject = (p: number): string => `eph.${p}`;
/** The owner's beacon. */
export const beaconSubject = (p: number): string => `beacon.${p}`;
