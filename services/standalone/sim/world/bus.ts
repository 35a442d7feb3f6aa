import type { Bus, BusMessage, Subscription } from "@guildhall/bus";
import { AppError } from "@guildhall/kernel";
import type { Checks } from "../checks/checks.ts";
import type { Profile } from "./profile.ts";
import type { Host, World } from "./world.ts";

const WAY_MIN_MS = 0.05;
const WAY_MAX_MS = 1;
/** Late news are overtaken by several others; one late question in four may come after its asker has given up. */
const NEWS_LATE_MS = 1_500;
const ASK_LATE_MS = 800;
const ASK_VERY_LATE_MIN_MS = 4_000;
const ASK_VERY_LATE_MAX_MS = 13_000;
const ASK_VERY_LATE = 1 / 4;
const ASK_DOUBLE_MS = 9_000;
/** A late answer is overtaken by news of what came after it. */
const ANSWER_LATE_MS = 2_500;
/** The last answers of an owner that is gone come this long after the first news of the next, where they are late. */
const LAST_ANSWER_MS = 80;

type Listener = { readonly host: Host; readonly subject: string; readonly take: (message: BusMessage) => void };
/** An answer on its way. */
type Late = { readonly to: Host; readonly of: Host; readonly arrive: () => void };
type Answerer = { readonly host: Host; readonly onQuestion: (data: Uint8Array) => Promise<Uint8Array> };

/** The bus between processes: at most once, unless chance doubles; in order, unless chance delays. */
export class SimBus {
  readonly #world: World;
  readonly #checks: Checks;
  readonly #listeners = new Set<Listener>();
  /** By subject, in the order in which they came: the newest that lives is asked. */
  readonly #answerers = new Map<string, Answerer[]>();
  /** When the newest of one sender on one way arrives. */
  readonly #arrivals = new Map<string, number>();
  /** Who hears no news, and until when. */
  readonly #deaf = new Map<Host, number>();
  /** Who waits long for what it asks of lanes, and until when. */
  readonly #detained = new Map<Host, number>();
  readonly #late = new Set<Late>();
  /** Whose commands are lost. */
  #hushed: Host | undefined;
  #profile: Profile | undefined;

  constructor(world: World, checks: Checks) {
    this.#world = world;
    this.#checks = checks;
  }

  suffer(profile: Profile | undefined): void {
    this.#profile = profile;
    if (profile === undefined) this.#deaf.clear();
  }

  /** No news reach `host` for so long; what it asks is answered. */
  deafen(host: Host, ms: number): void {
    this.#checks.happened("edge-deaf");
    this.#deaf.set(host, this.#world.nowMs + ms);
  }

  /** The bus as the process `host` sees it. */
  of(host: Host): Bus {
    return {
      publish: (subject, data) => this.#publish(host, subject, data.slice()),
      subscribe: async (subject, take) => this.#listen({ host, subject, take }),
      request: (subject, data, timeoutMs) => this.#request(host, subject, data.slice(), timeoutMs),
      answer: async (subject, onQuestion) => this.#answer(subject, { host, onQuestion }),
      async [Symbol.asyncDispose]() {},
    };
  }

  /** For so long, answers on lanes to `host` are late. */
  detain(host: Host, ms: number): void {
    this.#detained.set(host, this.#world.nowMs + ms);
  }

  /** From now on what `host` commands is lost: of an owner, what its records mean for others. */
  hush(host: Host | undefined): void {
    this.#hushed = host;
  }

  #listen(listener: Listener): Subscription {
    this.#listeners.add(listener);
    return { stop: () => this.#listeners.delete(listener) };
  }

  #answer(subject: string, answerer: Answerer): Subscription {
    const others = () => (this.#answerers.get(subject) ?? []).filter((one) => one !== answerer && one.host.alive);
    this.#answerers.set(subject, [...others(), answerer]);
    return { stop: () => void this.#answerers.set(subject, others()) };
  }

  #publish(host: Host, subject: string, data: Uint8Array): void {
    this.#world.note(subject);
    if (subject.startsWith("beacon")) this.#checks.beacon(data);
    for (const listener of this.#listeners) {
      if (listener.subject !== subject) continue;
      if (!listener.host.alive) this.#listeners.delete(listener);
      else this.#tell(host, listener, data);
    }
  }

  #tell(host: Host, listener: Listener, data: Uint8Array): void {
    const { random } = this.#world;
    const profile = this.#profile;
    if (this.#missed(listener)) return;
    const take = () => {
      if (!this.#listeners.has(listener)) return;
      listener.take({ subject: listener.subject, data });
      if (listener.subject.startsWith("beacon")) this.#lastAnswers(listener.host);
    };
    if (random.chance(profile?.newsLate ?? 0)) {
      this.#checks.happened("news-late");
      this.#world.later(listener.host, random.between(0, NEWS_LATE_MS), take);
    } else this.#world.later(listener.host, this.#inOrder(`${host.name}>${listener.host.name}`), take);
    if (random.chance(profile?.newsDoubled ?? 0)) {
      this.#checks.happened("news-doubled");
      this.#world.later(listener.host, random.between(0, NEWS_LATE_MS), take);
    }
  }

  #missed({ host, subject }: Listener): boolean {
    const { random, nowMs } = this.#world;
    if (nowMs < (this.#deaf.get(host) ?? 0)) return true;
    const isBeacon = subject.startsWith("beacon");
    const lost = isBeacon ? this.#profile?.beaconLost : this.#profile?.newsLost;
    if (lost === undefined || !random.chance(lost)) return false;
    this.#checks.happened(isBeacon ? "beacon-lost" : "news-lost");
    return true;
  }

  /** How long the next on this way takes, so that none overtakes another. */
  #inOrder(way: string, ms = this.#world.random.between(WAY_MIN_MS, WAY_MAX_MS)): number {
    const { nowMs } = this.#world;
    const atMs = Math.max(nowMs + ms, this.#arrivals.get(way) ?? 0);
    this.#arrivals.set(way, atMs);
    return atMs - nowMs;
  }

  #request(host: Host, subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    this.#world.note(subject);
    const answerer = this.#answerers.get(subject)?.findLast((one) => one.host.alive);
    return new Promise((resolve, reject) => {
      if (answerer === undefined) {
        const nobody = () => reject(new AppError("UNAVAILABLE", `nobody answers ${subject}`));
        return void this.#world.later(host, this.#inOrder(host.name), nobody);
      }
      let open = true;
      const settle = (how: () => void): void => {
        if (open) how();
        open = false;
        stopTimer();
      };
      const late = () => reject(new AppError("OUTCOME_UNKNOWN", `no answer on ${subject} in ${timeoutMs} ms`));
      const stopTimer = this.#world.later(host, timeoutMs, () => settle(late));
      if (host === this.#hushed && subject.startsWith("cmd")) return;
      const ask = () => this.#ask(host, answerer, subject, data, (answer) => settle(() => resolve(answer)));
      this.#carry(answerer, `${host.name}>${subject}`, ask);
    });
  }

  /** Brings a question to who answers it: once, unless chance wills otherwise. */
  #carry({ host }: Answerer, way: string, ask: () => void): void {
    const { random } = this.#world;
    const profile = this.#profile;
    const slowMs = random.chance(profile?.askLate ?? 0) ? this.#lateMs() : undefined;
    const ms = this.#inOrder(way, slowMs);
    if (slowMs !== undefined) this.#checks.happened("ask-late");
    if (random.chance(profile?.askLost ?? 0)) this.#checks.happened("ask-lost");
    else this.#world.later(host, ms, ask);
    if (!random.chance(profile?.askDoubled ?? 0)) return;
    this.#checks.happened("ask-doubled");
    // The copy goes where the first went: it waits in the same queue.
    this.#world.later(host, ms + random.between(0, ASK_DOUBLE_MS), ask);
  }

  #lateMs(): number {
    const { random } = this.#world;
    if (random.chance(ASK_VERY_LATE)) return random.between(ASK_VERY_LATE_MIN_MS, ASK_VERY_LATE_MAX_MS);
    return random.between(0, ASK_LATE_MS);
  }

  #ask(
    host: Host,
    { host: owner, onQuestion }: Answerer,
    subject: string,
    data: Uint8Array,
    resolve: (answer: Uint8Array) => void,
  ): void {
    const { random } = this.#world;
    const asked = subject.startsWith("cmd") ? this.#checks.asked(data) : undefined;
    void onQuestion(data).then((answer) => {
      asked?.(answer);
      if (random.chance(this.#profile?.answerLost ?? 0)) return this.#checks.happened("answer-lost");
      const detained = this.#isDetained(host, subject);
      const late = detained || random.chance(this.#profile?.answerLate ?? 0);
      if (late) this.#checks.happened("answer-late");
      const ms = late ? random.between(0, ANSWER_LATE_MS) : this.#inOrder(`${owner.name}>${host.name}`);
      const arrive = () => {
        this.#late.delete(one);
        resolve(answer.slice());
      };
      const one: Late = { to: host, of: owner, arrive };
      if (detained) this.#late.add(one);
      this.#world.later(host, ms, arrive);
    });
  }

  /** `host` hears of another owner: what the one before has answered is only now, and by another way, at its end. */
  #lastAnswers(host: Host): void {
    for (const late of this.#late) {
      if (late.to !== host || late.of.alive) continue;
      this.#late.delete(late);
      this.#world.later(host, this.#world.random.between(0, LAST_ANSWER_MS), late.arrive);
    }
  }

  #isDetained(host: Host, subject: string): boolean {
    return subject.startsWith("open") && this.#world.nowMs < (this.#detained.get(host) ?? 0);
  }
}
