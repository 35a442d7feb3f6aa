import { OPCODE } from "../clients/framing.ts";
import { openRawSocket, type RawSocket, socketTarget } from "../clients/raw-socket.ts";
import { BareReader, bareMessage } from "./bare-reader.ts";
import { type Crowd, forEach, type Measures, Notes } from "./crowd.ts";
import { Lane } from "./lane.ts";
import type { CrowdPlan } from "./messages.ts";
import { Sender } from "./sender.ts";
import { textOf } from "./texts.ts";

/** Connects everybody to a baseline server, which subscribes them by itself. */
export async function bareCrowd(plan: CrowdPlan, measures: Measures): Promise<Crowd> {
  const sockets: RawSocket[] = [];
  const senders: Sender[] = [];
  const notes = new Notes();
  const reader = new BareReader({
    reached: (member, seq) => senders[member]?.reached(seq, performance.now()),
    control: (opcode, payload, member) => {
      if (opcode === OPCODE.ping) sockets[member]?.pong(payload);
    },
  });
  const lane = new Lane(reader, measures.delivery);
  const target = socketTarget(plan.url);

  await forEach(plan.members, async () => {
    const member = lane.join(0);
    sockets[member] = await openRawSocket(
      target,
      (bytes, length) => lane.receive(member, bytes, length, performance.now()),
      (why) => {
        notes.closed++;
        notes.add(`connection lost: ${why}`);
      },
    );
  });
  for (let i = 0; i < plan.senders; i++) {
    const sender = new Sender({
      window: plan.window,
      answers: false,
      ratePerS: plan.rate / plan.senders,
      textOf: (number) => textOf(i, number, plan.bytes),
      write: (slot, number) => {
        sockets[i]?.send(bareMessage(i, number, slot.text));
        return String(number);
      },
      answerLatencies: measures.answer,
    });
    senders.push(sender);
    reader.listen(sender);
  }
  return {
    lane,
    senders,
    notes,
    get newest() {
      return reader.newest;
    },
    ping: () => {},
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
