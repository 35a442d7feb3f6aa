/** A fault of the history, and what it met: attempts in flight at some moment of it, and those of them nobody can know the outcome of. */
export type FaultSeen = { readonly name: string; readonly onNs: number; offNs: number; met: number; lost: number };

/** Faults of a history, and which of them are active. */
export class Faults {
  readonly all: FaultSeen[] = [];
  readonly active = new Map<string, FaultSeen>();

  /** A fault begins; `open` are the attempts in flight. */
  on(name: string, t: number, open: Iterable<{ readonly faults: FaultSeen[] }>): void {
    const fault: FaultSeen = { name, onNs: t, offNs: Number.POSITIVE_INFINITY, met: 0, lost: 0 };
    this.all.push(fault);
    this.active.set(name, fault);
    for (const attempt of open) meet(attempt, fault);
  }

  off(name: string, t: number): void {
    const fault = this.active.get(name);
    if (fault !== undefined) fault.offNs = t;
    this.active.delete(name);
  }

  /** An attempt begins while faults are active. */
  begins(attempt: { readonly faults: FaultSeen[] }): void {
    for (const fault of this.active.values()) meet(attempt, fault);
  }
}

function meet(attempt: { readonly faults: FaultSeen[] }, fault: FaultSeen): void {
  fault.met++;
  attempt.faults.push(fault);
}
