import { signIn } from "@guildhall/client";
import { until } from "@guildhall/testkit";
import type { Recorder } from "@guildhall/testkit/history";
import type { Random } from "../random.ts";
import { Court } from "./court.ts";
import { Device, type Target } from "./device.ts";
import { readEverything } from "./final-read.ts";
import { makeGroups, type Someone, somebody } from "./set-up.ts";
import { type Manner, Speaker } from "./speaker.ts";

const READY_MAX_MS = 60_000;
/** Until everything that was sent is answered, and everybody has everything. */
const QUIET_MAX_MS = 60_000;
/** Once nobody speaks any more everybody has the same within so long. */
const SAME_WITHIN_MS = 30_000;

export type WorkloadPlan = {
  readonly people: number;
  readonly devicesEach: number;
  readonly groups: number;
  readonly manner: Manner;
  /** Whether people are removed and come back, roles change, and strangers try what they may not. */
  readonly court?: true;
};

/** People who speak in groups on several devices each, with everything recorded. */
export class Workload {
  readonly #target: Target;
  readonly #recorder: Recorder;
  readonly #auditor: Someone;
  readonly groups: readonly number[];
  readonly speakers: readonly Speaker[];
  readonly devices: readonly Device[];
  readonly #court: Court | undefined;

  private constructor(
    target: Target,
    recorder: Recorder,
    auditor: Someone,
    groups: readonly number[],
    speakers: readonly Speaker[],
    devices: readonly Device[],
    court: Court | undefined,
  ) {
    this.#target = target;
    this.#recorder = recorder;
    this.#auditor = auditor;
    this.groups = groups;
    this.speakers = speakers;
    this.devices = devices;
    this.#court = court;
  }

  /** Makes people and groups; all devices follow all groups when it resolves, and nobody speaks yet. @throws Error where the system does not answer. */
  static async make(target: Target, plan: WorkloadPlan, recorder: Recorder, random: Random): Promise<Workload> {
    const [auditor, ...people] = await Promise.all(
      Array.from({ length: plan.people + 1 }, (_, i) => somebody(target, i === 0 ? 1 : plan.devicesEach)),
    );
    if (auditor === undefined) throw new Error("nobody");
    const visitors = plan.court === true ? await Promise.all([somebody(target, 1), somebody(target, 1)]) : [];
    const [guest] = visitors;
    const members = [...people, auditor, ...(guest === undefined ? [] : [guest])];
    const groups = await makeGroups(target, members, plan.groups, recorder);
    const devices: Device[] = [];
    const speakers = people.map(({ account, sessions }, who) => {
      const own = sessions.map((session, i) => {
        const name = `p${who}d${i}`;
        const device = new Device({ target, recorder, account, session, name, random: random.fork(name) });
        device.follow(...groups);
        return device;
      });
      devices.push(...own);
      return new Speaker(`p${who}`, own, groups, plan.manner, random.fork(`p${who}`));
    });
    const court =
      plan.court === true
        ? await Court.make({ target, recorder, random: random.fork("court"), visitors, auditor, groups, devices })
        : undefined;
    const workload = new Workload(target, recorder, auditor, groups, speakers, devices, court);
    for (const device of devices) device.start();
    await workload.ready();
    await court?.ready();
    return workload;
  }

  /** Resolves when every device follows every group. @throws Error after a minute. */
  async ready(): Promise<void> {
    await until(() => this.devices.every((device) => device.ready), READY_MAX_MS);
  }

  speak(): void {
    for (const speaker of this.speakers) speaker.start();
    this.#court?.start();
  }

  /** Messages that were answered, once each. */
  get answered(): number {
    return this.speakers.reduce((sum, { counts }) => sum + counts.answered, 0);
  }

  /** What speaks against the system beside the history, each in one sentence. */
  get complaints(): string[] {
    const codes = new Set(this.speakers.flatMap(({ refused }) => [...refused]));
    return [...codes].map((code) => `a new message was refused for good, with ${code}`);
  }

  /** Requests in flight now. */
  get inFlight(): number {
    return this.devices.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  /**
   * Everybody hushes; what is not answered is repeated until it is, and all devices get to the same place.
   * @throws Error where that takes longer than a minute.
   */
  async quiet(): Promise<void> {
    await this.#court?.end();
    for (const speaker of this.speakers) speaker.hush();
    await until(() => this.speakers.every(({ pending }) => pending === 0) && this.inFlight === 0, QUIET_MAX_MS);
    for (const speaker of this.speakers) speaker.stop();
    this.#recorder.record({ op: "heal", withinMs: SAME_WITHIN_MS });
    const guests = this.#court === undefined ? [] : [this.#court.guest];
    const devices = [...this.devices, ...guests];
    await until(async () => {
      // A removal that was answered may reach the guest after they are in again: who is told so must follow anew.
      await this.#court?.end();
      return this.groups.every((g) => behindIn(g, devices).length === 0);
    }, QUIET_MAX_MS).catch(() => {
      throw new Error(
        `not with the others a minute later: ${this.groups.flatMap((g) => behindIn(g, devices)).join(", ")}`,
      );
    });
    this.#recorder.record({ op: "settled" });
  }

  async stop(): Promise<void> {
    for (const speaker of this.speakers) speaker.stop();
    await this.#court?.stop();
    await Promise.all(this.devices.map((device) => device.stop()));
  }

  /** Somebody who has nothing of it reads every group from its beginning to its end. */
  async readEverything(): Promise<void> {
    const { account, sessions } = this.#auditor;
    const session = await signIn(this.#target.api, { ...account, dev: sessions[0]?.dev ?? "" });
    await readEverything(this.#target.url, session, [...this.groups, ...(this.#court?.groups ?? [])], this.#recorder);
  }
}

/** Who does not have what others have of a group, and where they stand. */
function behindIn(g: number, devices: readonly Device[]): string[] {
  const newest = Math.max(...devices.map((device) => device.last(g)));
  return devices
    .filter((device) => device.last(g) < newest)
    .map((device) => {
      const how = device.follows(g) ? "follows it" : "does not follow it";
      return `${device.name} at ${device.last(g)} of ${newest} in ${g} (${how})`;
    });
}
