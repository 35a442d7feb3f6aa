import { fromBase64Url, makeNonce, nonceKey } from "@guildhall/kernel";
import { CLIENT_FRAME, type Committed, SUBPROTOCOL, type SubResult } from "@guildhall/proto";
import { OPCODE } from "../clients/framing.ts";
import { openRawSocket, socketTarget } from "../clients/raw-socket.ts";
import { type Crowd, forEach, type Measures, Notes } from "./crowd.ts";
import { GuildhallMember } from "./guildhall-member.ts";
import { GuildhallReader } from "./guildhall-reader.ts";
import { Lane } from "./lane.ts";
import type { CrowdPlan, Person } from "./messages.ts";
import { Sender } from "./sender.ts";
import { textOf } from "./texts.ts";

type Parts = {
  readonly plan: CrowdPlan;
  readonly members: readonly GuildhallMember[];
  readonly reader: GuildhallReader;
  readonly lane: Lane;
  readonly notes: Notes;
};

function personOf(plan: CrowdPlan, member: number): Person {
  const person = plan.people[member];
  if (person === undefined) throw new Error(`there is nobody for member ${member}`);
  return person;
}

function memberOf(parts: Parts, number: number): GuildhallMember {
  const member = parts.members[number];
  if (member === undefined) throw new RangeError(`there is no member ${number}`);
  return member;
}

/** Connects and signs in. */
async function connect(parts: Parts, number: number): Promise<void> {
  const { lane, notes, plan } = parts;
  const member = memberOf(parts, number);
  const { access, dev } = personOf(plan, number);
  member.socket = await openRawSocket(
    socketTarget(plan.url, SUBPROTOCOL.msgpack),
    (bytes, length) => lane.receive(number, bytes, length, performance.now()),
    (why) => {
      notes.closed++;
      notes.add(`connection lost: ${why}`);
    },
  );
  const device = fromBase64Url(dev) ?? new Uint8Array(16);
  await member.ask((i) => ({ t: CLIENT_FRAME.hello, i, v: 1, tok: access, dev: device, app: "loadtest", cap: [] }));
}

/** The first member makes a group, the others join it, and then all listen. Resolves with the group. */
async function gather(parts: Parts): Promise<number> {
  const { lane, plan, reader } = parts;
  const made = await memberOf(parts, 0).ask((i) => ({
    t: CLIENT_FRAME.ask,
    i,
    n: makeNonce(Date.now()),
    m: "group.create",
    a: { name: "Load test", category: "support" },
  }));
  const g = (made as { g: number }).g;
  await forEach(plan.members - 1, async (number) => {
    const n = makeNonce(Date.now());
    await memberOf(parts, number + 1).ask((i) => ({ t: CLIENT_FRAME.cmd, i, g, n, m: "member.join", a: {} }));
  });
  reader.group = g;
  await forEach(plan.members, async (number) => {
    const rows = (await memberOf(parts, number).ask((i) => ({ t: CLIENT_FRAME.sub, i, g: [g], mode: 1 }))) as SubResult;
    const row = rows.find((one) => one.g === g);
    if (row === undefined || !("s" in row)) throw new Error(`not subscribed: ${JSON.stringify(rows)}`);
    lane.start(number, row.s);
    reader.newest = Math.max(reader.newest, row.s);
  });
  return g;
}

function speaker(parts: Parts, number: number, g: number, measures: Measures): Sender {
  const { notes, plan } = parts;
  const member = memberOf(parts, number);
  const sender: Sender = new Sender({
    window: plan.window,
    answers: true,
    ratePerS: plan.rate / plan.senders,
    textOf: (message) => textOf(number, message, plan.bytes),
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
          notes.add(`send refused: ${"c" in answer ? `${answer.c} ${answer.m}` : ""}`);
          sender.refuse(key, performance.now());
        },
      );
      return key;
    },
    answerLatencies: measures.answer,
  });
  return sender;
}

/** Connects everybody, makes one group of them, and gives the first of them a voice. */
export async function guildhallCrowd(plan: CrowdPlan, measures: Measures): Promise<Crowd & { readonly group: number }> {
  const notes = new Notes();
  const members = Array.from({ length: plan.members }, () => new GuildhallMember());
  const senders: Sender[] = [];
  const reader = new GuildhallReader({
    frame: (member, frame) => {
      const unexpected = members[member]?.take(frame);
      if (unexpected !== undefined) notes.add(unexpected);
    },
    control: (opcode, payload, member) => {
      if (opcode === OPCODE.ping) members[member]?.socket?.pong(payload);
      if (opcode === OPCODE.close && payload.length >= 2)
        notes.add(`closed with ${payload.readUInt16BE(0)} ${payload.toString("utf8", 2)}`);
    },
    reached: (member, seq) => senders[member]?.reached(seq, performance.now()),
  });
  const lane = new Lane(reader, measures.delivery);
  const parts: Parts = { plan, members, reader, lane, notes };
  for (let i = 0; i < plan.members; i++) lane.join(0);

  await forEach(plan.members, (number) => connect(parts, number));
  const g = await gather(parts);
  for (let i = 0; i < plan.senders; i++) {
    const sender = speaker(parts, i, g, measures);
    senders.push(sender);
    reader.listen(personOf(plan, i).u, sender);
  }
  return {
    lane,
    group: g,
    senders,
    notes,
    get newest() {
      return reader.newest;
    },
    ping: () => {
      for (const member of members) member.ping();
    },
    close: () => {
      for (const member of members) member.socket?.destroy();
    },
  };
}
