import { type Call, faultsAt, type Injection } from "./trace.ts";

/**
 * A part of the script: `first` start on no folder; `talk` on a folder with people in it; `again`, the start and the
 * talk after it.
 */
export type Part = "first" | "talk" | "again";

/** One fault at one call of one part. */
export type Point = Injection & { readonly part: Part };

/** Every fault at every call. */
export function allPoints(counts: ReadonlyMap<Part, ReadonlyMap<Call, number>>): Point[] {
  const points: Point[] = [];
  for (const [part, calls] of counts) {
    for (const [call, count] of calls) {
      for (const fault of faultsAt(call)) {
        for (let n = 1; n <= count; n++) points.push({ part, call, n, fault });
      }
    }
  }
  return points;
}

/** `count` of them, evenly spread from a place that `seed` decides, so that every call and fault has its share. */
export function spread(points: readonly Point[], count: number, seed: number): Point[] {
  if (count >= points.length) return [...points];
  const step = points.length / count;
  const first = ((seed * 0.618_033_988_75) % 1) * step;
  return Array.from({ length: count }, (_, i) => points[Math.floor(first + i * step)]).filter(
    (point) => point !== undefined,
  );
}

export function nameOf({ part, call, n, fault }: Point): string {
  return `${fault} at ${call} ${n} of "${part}"`;
}
