import { fromBase64Url, makeNonce, nonceKey } from "@guildhall/kernel";
import { CLIENT_FRAME, type Committed, SUBPROTOCOL, type SubResult } from "@guildhall/proto";
import { OPCODE } from "../clients/framing.ts";
import { openRawSocket, socketTarget } from "../clients/raw-socket.ts";
import type { CrowdGroup, Measures, Notes } from "./crowd.ts";
import { GuildhallMember } from "./guildhall-member.ts";
import { GuildhallReader } from "./guildhall-reader.ts";
import type { Kept } from "./kept.ts";
import { Lane, type LaneReader } from "./lane.ts";
import type { CrowdPlan, Person } from "./messages.ts";
import { Sender } from "./sender.ts";
import { textOf } from "./texts.ts";

/** One group of Guildhall: its members' connections, its lane and its speakers. */
export class GuildhallGroup implements CrowdGroup {
  readonly lanes: readonly Lane[];
  readonly senders: Sender[] = [];
  readonly members: readonly GuildhallMember[];
  /** Of the servers that members connect to: one after the other, member by member. */
  readonly #urls: readonly string[];
  readonly #reader: GuildhallReader;
  readonly #plan: CrowdPlan;
  readonly #number: number;
  readonly #measures: Measures;
  readonly #notes: Notes;

  constructor(plan: CrowdPlan, number: number, measures: Measures, notes: Notes, kept: Kept) {
    this.#plan = plan;
    this.#number = number;
    this.#measures = measures;
    this.#notes = notes;
    this.members = Array.from({ length: plan.members }, () => new GuildhallMember());
    this.#reader = new GuildhallReader(
      {
        frame: (member, frame) => {
          const unexpected = this.members[member]?.take(frame);
          if (unexpected !== undefined) notes.add(unexpected);
        },
        control: (opcode, payload, member) => this.#control(opcode, payload, member),
        reached: (member, seq) => this.senders[member]?.reached(seq, performance.now()),
      },
      kept,
    );
    this.#urls = plan.url.split(",");
    // Each server cuts its frames its own way: who is at one server is compared with who else is there.
    this.lanes = this.#urls.map((_, server) => new Lane(this.#readerAt(server), measures.delivery, kept));
    for (let member = 0; member < plan.members; member++) this.#laneOf(member).join(0);
  }

  /** Its id, once it is made. */
  get g(): number {
    return this.#reader.group;
  }

  get newest(): number {
    return this.#reader.newest;
  }

  /** Connects and signs in. */
  async connect(number: number): Promise<void> {
    const member = this.#member(number);
    const { access, dev } = this.#person(number);
    const lane = this.#laneOf(number);
    const place = this.#placeOf(number);
    member.socket = await openRawSocket(
      socketTarget(this.#urls[number % this.#urls.length] ?? "", SUBPROTOCOL.msgpack),
      (bytes, length) => lane.receive(place, bytes, length, performance.now()),
      (why) => {
        this.#notes.closed++;
        this.#notes.add(`connection lost: ${why}`);
      },
    );
    const device = fromBase64Url(dev) ?? new Uint8Array(16);
    await member.ask((i) => ({ t: CLIENT_FRAME.hello, i, v: 1, tok: access, dev: device, app: "loadtest", cap: [] }));
  }

  /** The first member makes the group. */
  async create(): Promise<void> {
    const n = makeNonce(Date.now());
    const a = { name: "Load test", category: "support" };
    const made = await this.#member(0).ask((i) => ({ t: CLIENT_FRAME.ask, i, n, m: "group.create", a }));
    this.#reader.group = (made as { g: number }).g;
  }

  async join(number: number): Promise<void> {
    const { g } = this;
    const n = makeNonce(Date.now());
    await this.#member(number).ask((i) => ({ t: CLIENT_FRAME.cmd, i, g, n, m: "member.join", a: {} }));
  }

  /** From here on the member gets what is said. */
  async listen(number: number): Promise<void> {
    const { g } = this;
    const answer = await this.#member(number).ask((i) => ({ t: CLIENT_FRAME.sub, i, g: [g], mode: 1 }));
    const row = (answer as SubResult).find((one) => one.g === g);
    if (row === undefined || !("s" in row)) throw new Error(`not subscribed: ${JSON.stringify(answer)}`);
    this.#laneOf(number).start(this.#placeOf(number), row.s);
    this.#reader.newest = Math.max(this.#reader.newest, row.s);
  }

  /** Gives the first members a voice. Senders are numbered through all groups. */
  speak(): void {
    for (let member = 0; member < this.#plan.senders; member++) {
      const sender = this.#speaker(member);
      this.senders.push(sender);
      this.#reader.listen(this.#person(member).u, sender);
    }
  }

  #speaker(number: number): Sender {
    const { senders, window, bytes } = this.#plan;
    const { g } = this;
    const member = this.#member(number);
    const sender: Sender = new Sender({
      window,
      answers: true,
      textOf: (message) => textOf(this.#number * senders + number, message, bytes),
      write: (slot) => {
        const n = makeNonce(Date.now());
        const key = nonceKey(n);
        member.send(
          (i) => ({ t: CLIENT_FRAME.send, i, g, n, k: "text", b: { t: slot.text } }),
          (answer) => {
            if ("d" in answer && !("c" in answer)) {
              sender.answered(key, (answer.d as Committed).s, performance.now());
              return;
            }
            this.#notes.add(`send refused: ${"c" in answer ? `${answer.c} ${answer.m}` : ""}`);
            sender.refuse(key, performance.now());
          },
        );
        return key;
      },
      answerLatencies: this.#measures.answer,
    });
    return sender;
  }

  #laneOf(member: number): Lane {
    const lane = this.lanes[member % this.lanes.length];
    if (lane === undefined) throw new RangeError(`there is no server for member ${member}`);
    return lane;
  }

  /** Number of a member among those of its server. */
  #placeOf(member: number): number {
    return Math.floor(member / this.#urls.length);
  }

  /** The group's reader as the lane of one server sees it: what was sent is known to all of them. */
  #readerAt(server: number): LaneReader {
    const memberAt = (place: number): number => place * this.#urls.length + server;
    return {
      read: (payload, place) => this.#reader.read(payload, memberAt(place)),
      reached: (place, seq) => this.#reader.reached(memberAt(place), seq),
      control: (opcode, payload, place) => this.#reader.control(opcode, payload, memberAt(place)),
    };
  }

  #control(opcode: number, payload: Buffer, member: number): void {
    if (opcode === OPCODE.ping) this.members[member]?.socket?.pong(payload);
    if (opcode === OPCODE.close && payload.length >= 2)
      this.#notes.add(`closed with ${payload.readUInt16BE(0)} ${payload.toString("utf8", 2)}`);
  }

  #member(number: number): GuildhallMember {
    const member = this.members[number];
    if (member === undefined) throw new RangeError(`there is no member ${number}`);
    return member;
  }

  #person(number: number): Person {
    const person = this.#plan.people[this.#number * this.#plan.members + number];
    if (person === undefined) throw new Error(`there is nobody for member ${number} of group ${this.#number}`);
    return person;
  }
}
