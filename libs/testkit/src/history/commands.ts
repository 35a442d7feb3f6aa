import type { FaultSeen } from "./faults.ts";
import type { Lanes } from "./lanes.ts";
import { isContent } from "./policy.ts";
import type { Attempt, AttemptEnd, Seen } from "./record.ts";
import type { Violations } from "./violations.ts";

/** The number of CONFLICT on the wire. */
const CONFLICT = 401;

type At = { readonly t: number };
type Spot = { readonly epoch: number; readonly seq: number; readonly t: number };

/** What became of one content of a command. */
type Content = { open: number; failed: number; landed: boolean; unknown: boolean; refusedNs: number; seenNs: number };

/** Everything sent under one nonce. */
type Command = {
  readonly group: number;
  readonly user: number;
  readonly cmid: string;
  readonly contents: Map<string, Content>;
  readonly invokedNs: number;
  /** The newest place known to anybody when it began. */
  readonly floor: Spot | undefined;
  place: Spot | undefined;
  /** Where a CONFLICT says that the first result is. */
  named: Spot | undefined;
};

export type OpenAttempt = {
  readonly command: Command;
  readonly content: Content;
  readonly hash: string;
  readonly conn: string;
  readonly order: number;
  readonly t: number;
  readonly faults: FaultSeen[];
};

type Ack = { readonly command: Command; readonly hash: string; readonly invokedNs: number } & Spot;
type Answered = { readonly order: number; readonly invokedNs: number } & Spot;

/** Holds commands against I1, I2 and I6 to I9. Times are those of the records, in order. */
export class Commands {
  readonly #violations: Violations;
  readonly #lanes: Lanes;
  readonly #commands = new Map<string, Command>();
  readonly #known = new Map<number, Spot>();
  readonly #acks: Ack[] = [];
  /** First results by connection and group. */
  readonly #answered = new Map<string, Answered[]>();
  readonly open = new Map<string, OpenAttempt>();
  #attempts = 0;
  unknown = 0;
  /** Answers that name the first result of a repeat, and refusals of another content under a known nonce. */
  repeats = 0;
  conflicts = 0;

  constructor(violations: Violations, lanes: Lanes) {
    this.#violations = violations;
    this.#lanes = lanes;
  }

  /** Answers `ok`, repeats among them. */
  get acknowledged(): number {
    return this.#acks.length;
  }

  get count(): number {
    return this.#commands.size;
  }

  /** @throws Error for an id that is in flight already. */
  invoke({ id, group, user, cmid, hash, conn, t }: Attempt & At): OpenAttempt {
    if (this.open.has(id)) throw new Error(`attempt ${id} begins twice`);
    const command = this.#command(group, user, cmid, t);
    let content = command.contents.get(hash);
    if (content === undefined) {
      content = { open: 0, failed: 0, landed: false, unknown: false, refusedNs: 0, seenNs: 0 };
      command.contents.set(hash, content);
    }
    content.open++;
    const attempt = { command, content, hash, conn, order: ++this.#attempts, t, faults: [] };
    this.open.set(id, attempt);
    return attempt;
  }

  /** @throws Error for an attempt that is not in flight. */
  ended(end: Attempt & AttemptEnd & At): void {
    const attempt = this.open.get(end.id);
    if (attempt === undefined) throw new Error(`attempt ${end.id} ends, and is not in flight`);
    this.open.delete(end.id);
    attempt.content.open--;
    if (end.phase === "ok") this.#ok(attempt, end);
    else if (end.phase === "fail") this.#fail(attempt, end);
    else this.#lost(attempt);
  }

  /** When a command was sent first, ns; nothing for one that is not in the record. */
  invokedNs(group: number, user: number, cmid: string | undefined): number | undefined {
    return this.#commands.get(`${group}/${user}/${cmid ?? ""}`)?.invokedNs;
  }

  /** An event was seen. What is no content may have been made before the record began. */
  seen({ group, epoch, seq, by, cmid, hash, kind, conn, t }: Seen & At): void {
    const command = cmid === undefined ? undefined : this.#commands.get(`${group}/${by}/${cmid}`);
    if (command === undefined && !isContent(kind)) return;
    this.#know(group, { epoch, seq, t });
    this.#violations.test("I6");
    const content = command?.contents.get(hash);
    if (command !== undefined) this.#placed(command, { epoch, seq, t }, `is seen by ${conn}`);
    if (content === undefined) {
      const text = `${conn} sees ${hash} of ${by} at ${seq}, and nobody has sent it (nonce ${cmid ?? "none"})`;
      this.#violations.add("I6", group, text, command?.invokedNs ?? t, t);
    } else if (content.seenNs === 0) content.seenNs = t;
  }

  /** Judges what can be judged only when everything was read. */
  end(): void {
    for (const attempt of this.open.values()) this.#lost(attempt);
    for (const ack of this.#acks) this.#kept(ack);
    for (const command of this.#commands.values()) {
      this.#inRealTime(command);
      this.#named(command);
      for (const [hash, content] of command.contents) this.#neverSeen(command, hash, content);
    }
    for (const [key, answered] of this.#answered) this.#inOrder(key, answered);
  }

  #command(group: number, user: number, cmid: string, t: number): Command {
    const key = `${group}/${user}/${cmid}`;
    let command = this.#commands.get(key);
    if (command === undefined) {
      const base = { group, user, cmid, contents: new Map<string, Content>(), invokedNs: t };
      command = { ...base, floor: this.#known.get(group), place: undefined, named: undefined };
      this.#commands.set(key, command);
    }
    return command;
  }

  #ok(attempt: OpenAttempt, { seq, epoch, dup, group, t }: { phase: "ok" } & Attempt & AttemptEnd & At): void {
    const { command, content, hash, conn, order, t: invokedNs } = attempt;
    content.landed = true;
    this.#acks.push({ command, hash, seq, epoch, invokedNs, t });
    this.#placed(command, { epoch, seq, t }, `is answered on ${conn}`);
    this.#know(group, { epoch, seq, t });
    if (dup === 1) {
      this.repeats++;
      return;
    }
    const key = `${conn}/${group}`;
    const answered = this.#answered.get(key) ?? [];
    answered.push({ order, invokedNs, epoch, seq, t });
    this.#answered.set(key, answered);
  }

  #fail({ command, content, conn }: OpenAttempt, { code, seq, t }: { phase: "fail" } & AttemptEnd & At): void {
    content.failed++;
    content.refusedNs = t;
    if (code !== CONFLICT) return;
    this.conflicts++;
    if (command.contents.size === 1) {
      const text = `nonce ${command.cmid} is a CONFLICT on ${conn}, and was only used with one content`;
      this.#violations.add("I2", command.group, text, command.invokedNs, t);
    }
    if (seq !== undefined) command.named = { epoch: 0, seq, t };
  }

  #lost({ content, faults }: OpenAttempt): void {
    content.unknown = true;
    this.unknown++;
    for (const fault of faults) fault.lost++;
  }

  #placed(command: Command, spot: Spot, how: string): void {
    const { place } = command;
    if (place === undefined) {
      command.place = spot;
      return;
    }
    this.#violations.test("I2");
    if (place.seq !== spot.seq || place.epoch !== spot.epoch) {
      const text = `nonce ${command.cmid} of ${command.user} ${how} at ${spot.seq}, and was at ${place.seq}`;
      this.#violations.add("I2", command.group, text, place.t, spot.t);
    }
  }

  #know(group: number, spot: Spot): void {
    const known = this.#known.get(group);
    if (known === undefined || spot.epoch > known.epoch || (spot.epoch === known.epoch && spot.seq > known.seq))
      this.#known.set(group, spot);
  }

  #kept({ command: { group, user, cmid }, hash, seq, epoch, invokedNs, t }: Ack): void {
    this.#violations.test("I1");
    const final = this.#lanes.final(group, epoch, seq);
    if (final === "rewritten") return;
    if (final?.hash === hash && final.cmid === cmid && final.by === user) return;
    const there = final === undefined ? "nothing" : `${final.hash} of ${final.by} (nonce ${final.cmid ?? "none"})`;
    const text = `${hash} of ${user} (nonce ${cmid}) was answered ok at ${seq}; at the end there is ${there}`;
    this.#violations.add("I1", group, text, invokedNs, t, ...(final === undefined ? [] : [final.t]));
  }

  #inRealTime({ group, user, cmid, floor, place, invokedNs }: Command): void {
    if (floor === undefined || place === undefined || place.epoch !== floor.epoch) return;
    this.#violations.test("I7");
    if (place.seq > floor.seq) return;
    const text = `nonce ${cmid} of ${user} is at ${place.seq}, and began when ${floor.seq} was known`;
    this.#violations.add("I7", group, text, floor.t, invokedNs, place.t);
  }

  #named({ group, cmid, named, place }: Command): void {
    if (named === undefined || named.seq === place?.seq) return;
    const text = `a CONFLICT says that nonce ${cmid} is at ${named.seq}, and it is ${place?.seq ?? "nowhere"}`;
    this.#violations.add("I2", group, text, named.t, ...(place === undefined ? [] : [place.t]));
  }

  #neverSeen({ group, user, cmid }: Command, hash: string, content: Content): void {
    const { failed, landed, unknown, refusedNs, seenNs } = content;
    if (failed === 0 || landed || unknown) return;
    this.#violations.test("I9");
    if (seenNs === 0) return;
    const text = `${hash} of ${user} (nonce ${cmid}) was refused whenever it was sent, and is seen`;
    this.#violations.add("I9", group, text, refusedNs, seenNs);
  }

  #inOrder(key: string, answered: Answered[]): void {
    answered.sort((a, b) => a.order - b.order);
    for (let i = 1; i < answered.length; i++) {
      const before = answered[i - 1];
      const after = answered[i];
      if (before === undefined || after === undefined || before.epoch !== after.epoch) continue;
      this.#violations.test("I8");
      if (before.seq < after.seq) continue;
      const [conn, group] = [key.slice(0, key.lastIndexOf("/")), Number(key.slice(key.lastIndexOf("/") + 1))];
      const text = `${conn} sent what is at ${after.seq} after what is at ${before.seq}`;
      this.#violations.add("I8", group, text, before.invokedNs, after.invokedNs);
    }
  }
}
