/** The numbers at the beginning of a version; what stands behind them (`-RC.1`) does not count. */
function numbersOf(version: string): number[] {
  return (/^v?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? "0").split(".").map(Number);
}

/** Whether `version` is `least` or newer. */
export function isAtLeast(version: string, least: string): boolean {
  const [has, needs] = [numbersOf(version), numbersOf(least)];
  for (let i = 0; i < Math.max(has.length, needs.length); i++) {
    const difference = (has[i] ?? 0) - (needs[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
