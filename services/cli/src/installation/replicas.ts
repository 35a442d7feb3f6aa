/** Copies that a cluster of so many servers should keep: with three, one may be lost. */
export function replicasFor(servers: number): number {
  return servers >= 3 ? 3 : 1;
}
