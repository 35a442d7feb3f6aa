import { OPCODE } from "../clients/framing.ts";
import { openRawSocket, type RawSocket, socketTarget } from "../clients/raw-socket.ts";
import { BareReader, bareMessage } from "./bare-reader.ts";
import { type Crowd, type CrowdGroup, forEach, type Measures, Notes } from "./crowd.ts";
import { type Kept, keptOf } from "./kept.ts";
import { Lane } from "./lane.ts";
import type { CrowdPlan } from "./messages.ts";
import { Sender } from "./sender.ts";
import { textOf } from "./texts.ts";

/** One group at a baseline server: who connects under its number is a member. */
class BareGroup implements CrowdGroup {
  readonly lanes: readonly Lane[];
  readonly #lane: Lane;
  readonly senders: Sender[] = [];
  readonly sockets: RawSocket[] = [];
  readonly #reader: BareReader;
  readonly #plan: CrowdPlan;
  readonly #number: number;
  readonly #measures: Measures;

  constructor(plan: CrowdPlan, number: number, measures: Measures, kept: Kept) {
    this.#plan = plan;
    this.#number = number;
    this.#measures = measures;
    this.#reader = new BareReader(
      {
        reached: (member, seq) => this.senders[member]?.reached(seq, performance.now()),
        control: (opcode, payload, member) => {
          if (opcode === OPCODE.ping) this.sockets[member]?.pong(payload);
        },
      },
      kept,
    );
    this.#lane = new Lane(this.#reader, measures.delivery, kept);
    this.lanes = [this.#lane];
    for (let member = 0; member < plan.members; member++) this.#lane.join(0);
  }

  get newest(): number {
    return this.#reader.newest;
  }

  async connect(member: number, notes: Notes): Promise<void> {
    this.sockets[member] = await openRawSocket(
      socketTarget(`${this.#plan.url}/${this.#number}`),
      (bytes, length) => this.#lane.receive(member, bytes, length, performance.now()),
      (why) => {
        notes.closed++;
        notes.add(`connection lost: ${why}`);
      },
    );
  }

  /** Gives the first members a voice. Senders are numbered through all groups. */
  speak(): void {
    const { senders, window, bytes } = this.#plan;
    for (let member = 0; member < senders; member++) {
      const number = this.#number * senders + member;
      const sender = new Sender({
        window,
        answers: false,
        textOf: (message) => textOf(number, message, bytes),
        write: (slot, message) => {
          this.sockets[member]?.send(bareMessage(number, message, slot.text));
          return String(message);
        },
        answerLatencies: this.#measures.answer,
      });
      this.senders.push(sender);
      this.#reader.listen(number, sender);
    }
  }
}

/** Connects everybody to a baseline server, which subscribes them by itself. */
export async function bareCrowd(plan: CrowdPlan, measures: Measures): Promise<Crowd> {
  const { groups: count = 1, members } = plan;
  const notes = new Notes();
  const kept = keptOf(count);
  const groups = Array.from({ length: count }, (_, number) => new BareGroup(plan, number, measures, kept));
  await forEach(count * members, async (number) => {
    await groups[Math.floor(number / members)]?.connect(number % members, notes);
  });
  for (const group of groups) group.speak();
  return {
    groups,
    senders: groups.flatMap(({ senders }) => senders),
    notes,
    ids: [],
    ping: () => {},
    close: () => {
      for (const { sockets } of groups) for (const socket of sockets) socket.destroy();
    },
  };
}
