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

/** The golden ratio: its multiples, without their whole part, fill the range from 0 to 1 evenly, however many. */
const RATIO = 0.618_033_988_749_895;

/**
 * `count` of them, evenly spread from a place that `seed` decides, so that every part, call and fault has its share;
 * in an order in which the first few are spread evenly too.
 */
export function spread(points: readonly Point[], count: number, seed: number): Point[] {
  const taken = new Set<number>();
  for (let i = 0; taken.size < Math.min(count, points.length); i++) {
    taken.add(Math.floor((((i + seed) * RATIO) % 1) * points.length));
  }
  return [...taken].flatMap((at) => points[at] ?? []);
}

export function nameOf({ part, call, n, fault }: Point): string {
  return `${fault} at ${call} ${n} of "${part}"`;
}
