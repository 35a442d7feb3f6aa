import { makeNonce, sleep } from "@guildhall/kernel";
import { ERRORS } from "@guildhall/proto";
import { until } from "@guildhall/testkit";
import type { Recorder } from "@guildhall/testkit/history";
import type { Random } from "../random.ts";
import { type Act, Device, type Target } from "./device.ts";
import type { Outcome } from "./outcome.ts";
import { makeGroups, type Someone } from "./set-up.ts";
import { textOf } from "./speaker.ts";

/** From one thing to the next. */
const STEP_MS = 60;
const READY_MAX_MS = 60_000;
/** Until the guest is in everywhere again. */
const BACK_MAX_MS = 60_000;
const AGAIN_MS = 250;
const MANNER = { textLength: 60, filler: "visitor " };
/** Junior Admin, who may kick and pin. */
const DEPUTY_ROLE = 2;

/** What the court is made of: two visitors, the groups of the speakers, and their devices, the owner's first. */
export type CourtPlan = {
  readonly target: Target;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly visitors: readonly Someone[];
  readonly auditor: Someone;
  readonly groups: readonly number[];
  readonly devices: readonly Device[];
};

/**
 * What happens in groups beside speaking. A guest is kicked, leaves and joins again, and speaks and reads whether they
 * are in or not. A deputy kicks and pins whether they have the role for it or not, while the owner gives and takes it. A
 * stranger, with a group of their own, tries to follow, read, speak and kick in the others.
 */
export class Court {
  readonly #random: Random;
  readonly #groups: readonly number[];
  readonly #owner: Device;
  readonly #deputy: Device;
  readonly guest: Device;
  readonly #stranger: Device;
  /** The stranger's; the guest is in it, and those who speak are not. */
  readonly #aside: number;
  /** Groups that the guest is in, as far as known. */
  readonly #in: Set<number>;
  readonly #roles = new Set<number>();
  /** Groups in which the guest is being removed or comes back: two who follow at once would be sent everything twice. */
  readonly #busy = new Set<number>();
  /** What was begun and has not ended. */
  readonly #open = new Set<Promise<unknown>>();
  #running = false;
  #ended: Promise<void> = Promise.resolve();
  #texts = 0;
  #muteAll = false;

  private constructor({ random, groups }: CourtPlan, people: readonly [Device, Device, Device, Device], aside: number) {
    this.#random = random;
    this.#groups = groups;
    [this.#owner, this.#deputy, this.guest, this.#stranger] = people;
    this.#aside = aside;
    this.#in = new Set(groups);
  }

  /** The stranger's group; the guest, who is in all others, joins it. @throws Error where there are too few people. */
  static async make(plan: CourtPlan): Promise<Court> {
    const { target, recorder, random, auditor, groups, devices } = plan;
    const [guest, stranger] = plan.visitors;
    const owner = devices[0];
    const deputy = devices.find(({ user }) => user !== owner?.user);
    if (guest === undefined || stranger === undefined || owner === undefined || deputy === undefined)
      throw new Error("too few people");
    const [aside = 0] = await makeGroups(target, [stranger, guest, auditor], 1, recorder);
    const device = (name: string, { account, sessions: [session] }: Someone, ...follows: number[]): Device => {
      if (session === undefined) throw new Error(`${name} has no session`);
      const made = new Device({ target, recorder, account, session, name, random: random.fork(name), guest: true });
      made.follow(...follows);
      made.start();
      return made;
    };
    const visitors = [device("guest", guest, ...groups, aside), device("stranger", stranger, aside)] as const;
    return new Court(plan, [owner, deputy, ...visitors], aside);
  }

  /** Groups beside those that are spoken in. */
  get groups(): readonly number[] {
    return [this.#aside];
  }

  async ready(): Promise<void> {
    await until(() => this.guest.ready && this.#stranger.ready, READY_MAX_MS);
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#ended = this.#run();
  }

  /** Nothing happens any more, and the guest is in everywhere and follows. @throws Error where that takes too long. */
  async end(): Promise<void> {
    this.#running = false;
    await this.#ended;
    await Promise.all(this.#open);
    const deadlineMs = performance.now() + BACK_MAX_MS;
    for (const g of this.#groups) {
      while (!(this.#in.has(g) && this.guest.follows(g))) {
        if (performance.now() > deadlineMs) throw new Error(`the guest does not come back into group ${g}`);
        await this.#comesBack(g);
        await sleep(AGAIN_MS);
      }
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all([this.guest.stop(), this.#stranger.stop()]);
    await this.#ended;
    await Promise.all(this.#open);
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const g = this.#random.pick(this.#groups);
      this.#say(this.guest, this.#random.pick([...this.#groups, this.#aside]));
      const dice = this.#random.next();
      // A removal goes out right behind words of the removed; what follows does not wait for it.
      if (dice < 0.4) this.#begin(this.#membership(g));
      else if (dice < 0.55) this.#begin(this.#role(g));
      else if (dice < 0.7) this.#begin(this.#deputyTries(g));
      else if (dice < 0.88) this.#begin(this.#strangerTries(g));
      else this.#begin(this.#inAside());
      await sleep(STEP_MS);
    }
  }

  #begin(doing: Promise<unknown>): void {
    const open = doing.finally(() => this.#open.delete(open));
    this.#open.add(open);
  }

  #say(device: Device, g: number): void {
    if (!device.ready) return;
    const text = textOf(`v${device.user}-${++this.#texts}`, g, MANNER);
    const message = { g, n: makeNonce(device.serverNowMs), text };
    this.#begin(new Promise<Outcome>((resolve) => device.attempt(message, false, resolve)));
  }

  async #membership(g: number): Promise<void> {
    if (this.#busy.has(g)) return;
    this.#busy.add(g);
    await (this.#in.has(g) ? this.#removed(g) : this.#comesBack(g));
    this.#busy.delete(g);
  }

  async #removed(g: number): Promise<void> {
    const u = this.guest.user;
    const leave: Act = { g, m: "member.leave", a: {}, body: { u } };
    const outcome = this.#random.chance(0.3)
      ? await this.guest.act(leave)
      : await this.#owner.act({ g, m: "member.kick", a: { u } });
    const gone = refusedWith(outcome, ERRORS.NOT_MEMBER.c, ERRORS.NOT_FOUND.c);
    if (outcome.kind === "ok" || gone) this.#in.delete(g);
    // Nothing newer may be on it.
    if (this.guest.ready) await this.guest.read(g, { before: 2 ** 40, lim: 10 });
  }

  async #comesBack(g: number): Promise<void> {
    const u = this.guest.user;
    if (!this.#in.has(g)) {
      const outcome = await this.guest.act({ g, m: "member.join", a: {}, body: { u, nick: "" } });
      if (outcome.kind !== "ok" && !refusedWith(outcome, ERRORS.ALREADY.c)) return;
      this.#in.add(g);
    }
    if (!this.guest.follows(g)) await this.guest.enter(g);
    // An unanswered removal may have happened.
    if (this.guest.ready && !this.guest.follows(g)) this.#in.delete(g);
  }

  async #role(g: number): Promise<void> {
    const has = this.#roles.has(g);
    const m = has ? "role.take" : "role.assign";
    const outcome = await this.#owner.act({ g, m, a: { u: this.#deputy.user, role: DEPUTY_ROLE } });
    if (outcome.kind !== "ok" && !refusedWith(outcome, ERRORS.ALREADY.c)) return;
    if (has) this.#roles.delete(g);
    else this.#roles.add(g);
  }

  async #deputyTries(g: number): Promise<void> {
    if (this.#random.chance(0.5)) {
      const outcome = await this.#deputy.act({ g, m: "member.kick", a: { u: this.guest.user } });
      if (outcome.kind === "ok" || refusedWith(outcome, ERRORS.NOT_FOUND.c)) this.#in.delete(g);
      return;
    }
    const s = 1 + this.#random.below(Math.max(1, this.#deputy.last(g)));
    await this.#deputy.act({ g, m: "msg.pin", a: { s } });
    await this.#deputy.act({ g, m: "msg.unpin", a: { s } });
  }

  async #strangerTries(g: number): Promise<void> {
    const stranger = this.#stranger;
    if (!stranger.ready) return;
    this.#say(stranger, g);
    const tries = [
      () => stranger.enter(g),
      () => stranger.read(g, { before: 2 ** 40, lim: 10 }),
      () => stranger.act({ g, m: "member.kick", a: { u: this.guest.user } }),
    ];
    await this.#random.pick(tries)();
  }

  /** The whole of the stranger's group is muted, and free again; its owner speaks in it all the same. */
  async #inAside(): Promise<void> {
    const muteAll = !this.#muteAll;
    const outcome = await this.#stranger.act({ g: this.#aside, m: "group.settings", a: { muteAll } });
    if (outcome.kind === "ok") this.#muteAll = muteAll;
    this.#say(this.#stranger, this.#aside);
  }
}

function refusedWith(outcome: Outcome, ...codes: readonly number[]): boolean {
  return outcome.kind === "refused" && codes.includes(outcome.code);
}
