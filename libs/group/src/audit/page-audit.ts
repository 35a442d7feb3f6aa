import type { Query, Reader } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { AuditPage, AuditPageArgs, AuditView } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { badArgs } from "../bad-args.ts";
import { NO_HASH } from "./chain.ts";
import { ACTS_PER_PART, AUDIT, AUDIT_HEADS, AUDIT_READERS, type AuditRow, partOf, viewOfAct } from "./tables.ts";

type Wanted = Omit<AuditPageArgs, "g">;

/** Parts of the table looked through for one page. */
const PARTS_MAX = 8;

/**
 * `audit.page`: acts of power, from the oldest or the newest, of which some may be asked for. A page may be empty
 * while `more` is true: then nothing was found among the acts up to `next`.
 * @throws AppError `BAD_ARGS` for both `after` and `before`; `FORBIDDEN` with `d.open` before `audit.open`.
 */
export const pageAudit: Query<AuditPageArgs> = async (reader, args, { g, actor, nowMs }): Promise<AuditPage> => {
  if (args.after !== undefined && args.before !== undefined) throw badArgs("/before", "does not go with after");
  const opened = await reader.get(AUDIT_READERS, g, actor);
  if (opened === undefined || opened.until <= nowMs)
    throw new AppError("FORBIDDEN", "reading acts begins with audit.open", { d: { open: "audit.open" } });
  return pageActs(reader, args, g);
};

/** Acts of an entity, for who may see them. */
export async function pageActs(reader: Reader, args: Wanted, g: number): Promise<AuditPage> {
  const { n, hash } = (await reader.get(AUDIT_HEADS, g)) ?? { n: 0, hash: NO_HASH };
  const search = new Search(args, n);
  for (let parts = 0; parts < PARTS_MAX && search.goesOn; parts++) await search.part(reader, g);
  const { acts, next, more } = search;
  return { acts, next, more, head: { n, hash } };
}

/** Goes through the acts of a group in one direction, a part of the table at a time. */
class Search {
  readonly acts: AuditView[] = [];
  readonly #args: Wanted;
  readonly #last: number;
  readonly #max: number;
  readonly #reverse: boolean;
  /** The next act to be looked at. */
  #n: number;

  constructor(args: Wanted, last: number) {
    const { after = 0, before, lim = LIMITS.pageMax } = args;
    this.#args = args;
    this.#last = last;
    this.#max = lim;
    this.#reverse = before !== undefined;
    this.#n = before === undefined ? after + 1 : Math.min(before - 1, last);
  }

  get more(): boolean {
    return this.#n >= 1 && this.#n <= this.#last;
  }

  get goesOn(): boolean {
    return this.more && this.acts.length < this.#max;
  }

  get next(): number {
    return this.#reverse ? this.#n + 1 : this.#n - 1;
  }

  async part(reader: Reader, g: number): Promise<void> {
    const part = partOf(this.#n);
    const range = this.#reverse ? { to: this.#n, reverse: true } : { from: this.#n };
    const rows = await reader.scan(AUDIT, [g, part], { ...range, limit: ACTS_PER_PART });
    const wanted = rows.filter((row) => isWanted(row, this.#args));
    const taken = wanted.slice(0, this.#max - this.acts.length);
    this.acts.push(...taken.map(viewOfAct));
    const last = taken.length < wanted.length ? taken.at(-1) : undefined;
    if (last === undefined) this.#n = this.#reverse ? part * ACTS_PER_PART : (part + 1) * ACTS_PER_PART + 1;
    else this.#n = last.n + (this.#reverse ? -1 : 1);
  }
}

function isWanted(row: AuditRow, { u, on, m, role, from = 0, to = Number.POSITIVE_INFINITY }: Wanted): boolean {
  return (
    (u === undefined || row.u === u) &&
    (on === undefined || row.on === on) &&
    (m === undefined || row.m === m) &&
    (role === undefined || row.roles.includes(role)) &&
    row.at >= from &&
    row.at < to
  );
}
