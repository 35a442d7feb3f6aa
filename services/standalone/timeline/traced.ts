import type { CassandraMeter } from "@guildhall/store/cassandra-measure";
import { TIMELINE, type TimelineReader } from "@guildhall/timeline";
import { quantile } from "./measure.ts";
import { Places, readPage, type Shown, type Wanted } from "./pages.ts";
import type { Town } from "./town.ts";

export type Traced = {
  readonly pages: number;
  /** How many pages read so many message partitions: `[pages with none, with one, with two, …]`. */
  readonly byPartitions: readonly number[];
  /** Pages that read more partitions than hold their rows, but for dates at a bucket's edge. */
  readonly needless: number;
  readonly statementsAPage: number;
  /** Files that messages were merged from. */
  readonly filesAPage: number;
  /** What the server says that it took for the statements of a page, ms. */
  readonly serverP50Ms: number;
  readonly serverP99Ms: number;
  readonly wrong: readonly string[];
};

export type TracedGround = {
  readonly town: Town;
  /** Its every statement is traced by the server. */
  readonly reader: TimelineReader;
  /** What was traced since this was last asked. */
  readonly take: () => readonly { readonly query: string; readonly traceId: string }[];
  /** Reads without being traced. */
  readonly plain: TimelineReader;
  readonly meter: CassandraMeter;
};

type TracedPage = {
  readonly partitions: number;
  readonly statements: number;
  readonly files: number;
  readonly ms: number;
  readonly needless: boolean;
  readonly wrong: readonly string[];
};

/** Reads one page after another, and asks the server what it read for each. */
export async function tracedPages(ground: TracedGround, random: () => number, pages: number): Promise<Traced> {
  const places = new Places(ground.town, random);
  const all: TracedPage[] = [];
  for (let page = 0; page < pages; page++) all.push(await tracedPage(ground, places.next()));
  const most = Math.max(...all.map(({ partitions }) => partitions));
  const mean = (of: (page: TracedPage) => number): number => all.reduce((sum, page) => sum + of(page), 0) / pages;
  const serverMs = all.map(({ ms }) => ms);
  return {
    pages,
    byPartitions: Array.from({ length: most + 1 }, (_, n) => all.filter(({ partitions }) => partitions === n).length),
    needless: all.filter(({ needless }) => needless).length,
    statementsAPage: mean(({ statements }) => statements),
    filesAPage: mean(({ files }) => files),
    serverP50Ms: quantile(serverMs, 0.5),
    serverP99Ms: quantile(serverMs, 0.99),
    wrong: all.flatMap(({ wrong }) => wrong),
  };
}

async function tracedPage(ground: TracedGround, wanted: Wanted): Promise<TracedPage> {
  const shown = await readPage(ground.reader, wanted);
  const ran = ground.take();
  const wrong = [...(shown.wrong === undefined ? [] : [shown.wrong]), ...(await beforeFault(ground, wanted, shown))];
  const partitions = new Set<string>();
  let [ms, files] = [0, 0];
  for (const { query, traceId } of ran) {
    const trace = await ground.meter.trace(traceId);
    ms += trace.ms;
    if (!query.includes(`"${TIMELINE.name}" `)) continue;
    if (trace.partitions.length !== 1) wrong.push(`${trace.partitions.length} partitions in one statement: ${query}`);
    files += trace.files;
    // The key's first three values are those of the partition.
    for (const key of trace.partitions) partitions.add(key.split("/").slice(0, 3).join("/"));
  }
  // A time between two buckets is looked for in the older one, and the page is in the newer.
  const atEdge = wanted.form === "at" && shown.a > 1 && wanted.hall.bks.includes(shown.a);
  const needless = partitions.size > Math.max(1, shown.buckets) + (atEdge ? 1 : 0);
  return { partitions: partitions.size, statements: ran.length, files, ms, needless, wrong };
}

/** What is right before a page by date must be before the date. */
async function beforeFault({ plain }: TracedGround, wanted: Wanted, { a }: Shown): Promise<string[]> {
  if (wanted.form !== "at" || a === 1) return [];
  const { g } = wanted.hall;
  const [row] = await plain.range(g, 0, a - 1, a - 1);
  return row !== undefined && row.at < wanted.atMs ? [] : [`${a - 1} of ${g} belongs to the page too`];
}
