import { type Closers, sleep } from "@guildhall/kernel";
import type { Permit } from "@guildhall/permit";
import { sidecarPermit } from "@guildhall/permit/sidecar";
import type { Answer, Question } from "@guildhall/proto";
import { makePeople, operatorKey } from "../clients/people.ts";
import { guildhallCrowd } from "../driver/guildhall-crowd.ts";
import { startGuildhall } from "../processes/servers.ts";
import { Latencies, type Latency } from "../report/latency.ts";
import { shortNumber, tableOf } from "../report/table.ts";
import type { Surroundings } from "./surroundings.ts";

export type PermitPlan = {
  readonly members: number;
  readonly seconds: number;
  /** Questions on their way at once, when pipelined. */
  readonly window: number;
  /** The sidecar's Unix socket; none: the one of the system that is started here. */
  readonly socket: string | undefined;
};

/** What came of one way of asking. `wrong`: answers that are not what the asker's membership makes them. */
export type PermitRow = {
  readonly way: string;
  readonly checksPerSecond: number;
  readonly latency: Latency;
  readonly wrong: number;
};

type Asked = { readonly question: Question; readonly ok: boolean };
type Ask = (asked: readonly Asked[]) => Promise<number>;

const SERVER_CORE = 0;
/** Questions in one `checkMany`. */
const MANY = 64;

/** Whom to ask, and what about: the first half of the questions is to be answered with yes. */
export type Sidecar = { readonly permit: Permit; readonly asked: readonly Asked[] };

/** Members may speak and strangers may not: the sidecar is asked over its socket, and every answer is looked at. */
export async function runPermit(
  plan: PermitPlan,
  around: Surroundings,
  closers: Closers,
): Promise<readonly PermitRow[]> {
  const { permit, asked } = await openSidecar(plan, around, closers);
  const rows: PermitRow[] = [];
  for (const [way, ask, batch, inFlight] of ways(permit, plan.window)) {
    around.say(`${way}, ${plan.seconds} s`);
    rows.push({ way, ...(await measure(asked, ask, batch, inFlight, plan.seconds)) });
  }
  return rows;
}

/** Starts a system, or takes the one given; makes a group of `members`, and as many strangers. */
export async function openSidecar(
  plan: Pick<PermitPlan, "members" | "socket">,
  around: Surroundings,
  closers: Closers,
): Promise<Sidecar> {
  const server = around.where ?? (await startGuildhall(closers, SERVER_CORE, around.env));
  const key = await operatorKey(server.api, around.operatorKey, server.operatorCode);
  const people = await makePeople(server.api, key, plan.members * 2);
  around.say(`${plan.members} people make a group, as many stay outside`);
  const quiet = { kind: "guildhall", url: server.url, senders: 0, window: 1, bytes: 16, rate: 0 } as const;
  const measures = { delivery: await Latencies.make(), answer: await Latencies.make() };
  const crowd = await guildhallCrowd(
    { ...quiet, members: plan.members, people: people.slice(0, plan.members) },
    measures,
  );
  closers.defer(() => crowd.close());
  const permit = closers.use(sidecarPermit({ path: plan.socket ?? server.socket }));
  const asked = people.map(({ u }, i) => ({
    question: { g: crowd.ids[0] ?? 0, u, need: ["SEND_MESSAGE"], auth: 0, minV: 0 } satisfies Question,
    ok: i < plan.members,
  }));
  return { permit, asked };
}

/** One question after another, each when the last has been answered. */
export function askOneByOne({ permit, asked }: Sidecar, seconds: number): Promise<Omit<PermitRow, "way">> {
  return measure(asked, single(permit), 1, 1, seconds);
}

/**
 * Single questions, `window` of them on their way at once. Only counts: taking the time of each would cost about as
 * much as asking.
 */
export async function askPipelined(
  { permit, asked }: Sidecar,
  window: number,
  seconds: number,
): Promise<Pick<PermitRow, "checksPerSecond" | "wrong">> {
  let checks = 0;
  let wrong = 0;
  let next = 0;
  let going = true;
  const worker = async (): Promise<void> => {
    while (going) {
      const one = asked[next++ % asked.length];
      if (one === undefined || !right(one, await permit.check(one.question))) wrong++;
      checks++;
    }
  };
  const startMs = performance.now();
  const workers = Array.from({ length: window }, worker);
  await sleep(seconds * 1_000);
  going = false;
  const perSecond = checks / ((performance.now() - startMs) / 1_000);
  await Promise.all(workers);
  return { checksPerSecond: perSecond, wrong };
}

function single(permit: Permit): Ask {
  return async ([asked]) => (asked !== undefined && right(asked, await permit.check(asked.question)) ? 0 : 1);
}

function ways(permit: Permit, window: number): readonly (readonly [string, Ask, number, number])[] {
  const one = single(permit);
  const many: Ask = async (asked) => {
    const answers = await permit.checkMany(asked.map(({ question }) => question));
    return asked.filter((each, i) => !right(each, answers[i])).length;
  };
  return [
    ["one at a time", one, 1, 1],
    [`${window} in flight`, one, 1, window],
    [
      `${MANY} a call, ${Math.max(1, Math.floor(window / MANY))} calls in flight`,
      many,
      MANY,
      Math.max(1, Math.floor(window / MANY)),
    ],
  ];
}

function right({ question, ok }: Asked, answer: Answer | undefined): boolean {
  if (answer === undefined || answer.ok !== ok || question.need.length === 0) return false;
  return ok || answer.why === "NOT_MEMBER";
}

/** Asks for `seconds`, the askers in turn. The first 100 ms are not counted: facts are loaded then. */
async function measure(
  all: readonly Asked[],
  ask: Ask,
  batch: number,
  inFlight: number,
  seconds: number,
): Promise<Omit<PermitRow, "way">> {
  const latencies = await Latencies.make();
  let checks = 0;
  let wrong = 0;
  let next = 0;
  const countFromMs = performance.now() + 100;
  const untilMs = countFromMs + seconds * 1_000;
  const worker = async (): Promise<void> => {
    for (let nowMs = performance.now(); nowMs < untilMs; nowMs = performance.now()) {
      const asked = Array.from({ length: batch }, () => all[next++ % all.length]).filter((each) => each !== undefined);
      wrong += await ask(asked);
      if (nowMs < countFromMs) continue;
      checks += asked.length;
      latencies.record(performance.now() - nowMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const tookS = (performance.now() - countFromMs) / 1_000;
  return { checksPerSecond: checks / tookS, latency: latencies.summary(), wrong };
}

export function permitReportText(rows: readonly PermitRow[]): string {
  const head = ["", "checks/s", "p50 ms", "p99 ms", "max ms", "wrong"];
  const lines = rows.map(({ way, checksPerSecond, latency, wrong }) => [
    way,
    ...[checksPerSecond, latency.p50, latency.p99, latency.max, wrong].map(shortNumber),
  ]);
  return tableOf([head, ...lines]);
}
