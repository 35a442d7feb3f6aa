/** What a replay says of itself while it runs, read from its lines. */
export class Progress {
  /** Lines of the log that were sent, as it last said; 0 before the first were. */
  sent = 0;
  /** How often it has said so. */
  marks = 0;

  take(line: string): void {
    const [, sent] = /^(\d+) of \d+ lines$/.exec(line) ?? [];
    if (sent === undefined) return;
    this.sent = Number(sent);
    this.marks++;
  }
}

/** How many lines of a log a replay was answered `ok`, of what it printed with --json. @throws SyntaxError for anything else. */
export function acknowledgedIn(figures: string): number {
  const { lines, refused } = JSON.parse(figures) as Readonly<Record<"lines" | "refused", Record<string, number>>>;
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, one) => all + one, 0);
  return sum(lines) - sum(refused);
}
