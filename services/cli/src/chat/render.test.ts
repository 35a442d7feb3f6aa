import { connect, staticToken } from "@guildhall/client";
import type { Event, MemberView } from "@guildhall/proto";
import { expect, test } from "vitest";
import { Names } from "./names.ts";
import { peopleIn, render } from "./render.ts";

const event = (k: string, b: unknown, more: Partial<Event> = {}): Event => ({
  s: 7,
  k,
  u: 1,
  ts: 0,
  m: 1,
  pv: 1,
  b,
  ...more,
});
const line = (one: Event, names: Names) => render(one, names).slice("00:00     7  ".length);

/** Names of a client that never connects: only nicknames are known. */
async function namesOf(nicks: Readonly<Record<number, string>>): Promise<Names> {
  const client = connect({
    url: "ws://nowhere",
    tokens: staticToken("t"),
    app: "test",
    socket: async () => ({ send() {}, close() {} }),
  });
  await client.close();
  const names = new Names(client);
  for (const [u, nick] of Object.entries(nicks)) names.learn(event("member.nick", { u: Number(u), nick }));
  return names;
}

test("texts, actions, replies and what was taken away", async () => {
  const names = await namesOf({ 1: "ann" });

  expect(line(event("text", { t: "hi" }), names)).toBe("ann: hi");
  expect(line(event("action", { t: "waves" }), names)).toBe("* ann waves");
  expect(line(event("text", { t: "yes" }, { re: 3 }), names)).toBe("ann: [to 3] yes");
  expect(line(event("text", {}, { x: 1 }), names)).toBe("ann: (taken back)");
});

test("deeds name who they concern, and a kind that is not known is still shown", async () => {
  const names = await namesOf({ 1: "ann", 2: "bob" });

  expect(line(event("member.kick", { u: 2 }, { why: "spam" }), names)).toBe("- ann removed bob (spam)");
  expect(line(event("vote.cast", {}), names)).toBe("- ann: vote.cast");
  expect(peopleIn(event("group.transfer", { from: 1, to: 2 }))).toEqual([1, 2]);
});

test("other people's text cannot command the terminal or fake a line", async () => {
  const names = await namesOf({ 1: "ann" });

  const shown = line(event("text", { t: "a\x1b[2Jb\r\n10:00 bob: c\u202e" }), names);

  expect(shown).toBe("ann: a�[2Jb�\n              10:00 bob: c�");
});

test("a nickname that several bear must be said more exactly", async () => {
  const names = await namesOf({ 1: "ann", 2: "bob", 3: "bob" });
  const members = [1, 2, 3].map((u): MemberView => ({ u, nick: u === 1 ? "ann" : "bob", roles: [], mute: 0, at: 0 }));

  expect(await names.find("ann", members)).toBe(1);
  expect(await names.find("#3", members)).toBe(3);
  await expect(names.find("bob", members)).rejects.toThrow("several");
  await expect(names.find("cid", members)).rejects.toThrow("nobody");
});
