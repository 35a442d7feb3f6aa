import { type Client, type Group, type GroupItem, GuildhallError } from "@guildhall/client";
import { nonceKey } from "@guildhall/kernel";
import { Failure } from "../command.ts";
import { Names } from "./names.ts";
import { clean, peopleIn, render, renderEcho } from "./render.ts";
import type { Screen } from "./screen.ts";
import { type Room, showHistory, slash } from "./slash.ts";

/**
 * A person in a group, to the end of input, /quit or removal. Items are shown one after another, in the group's order.
 * @throws Failure when the server ends it, GuildhallError when the group cannot be followed.
 */
export async function chatIn(client: Client, group: Group, screen: Screen): Promise<void> {
  const names = new Names(client);
  const room: Room = { client, group, names, print: (line) => screen.print(clean(line)) };
  const items = group.events();
  const state = await group.subscribe();
  await names.load(group);
  await names.know([client.me]);
  await showHistory(room, state.head + 1);
  // Texts on their way; the input's end waits for them.
  const sending = new Set<Promise<unknown>>();
  const showing = show(room, screen, items, state.head);
  for await (const line of screen.lines()) {
    if (line.trim() !== "" && (await say(room, screen, sending, line)) === "quit") break;
  }
  if (sending.size > 0) screen.print(`- ${sending.size} on the way; interrupt to give up`);
  await Promise.race([Promise.allSettled(sending), screen.interrupted]);
  await items.return?.();
  await showing;
}

/** Texts are not waited for, so that typing goes on while the connection is lost; commands are. */
async function say(room: Room, screen: Screen, sending: Set<Promise<unknown>>, line: string): Promise<"quit" | "done"> {
  const print = (error: unknown) => screen.print(`! ${error instanceof Error ? error.message : String(error)}`);
  if (line.startsWith("/")) {
    try {
      return await slash(room, line);
    } catch (error) {
      if (!(error instanceof GuildhallError) && !(error instanceof Failure)) throw error;
      print(error);
      return "done";
    }
  }
  // The refusal is shown with its echo.
  const sent = room.group.send(line).catch(() => {});
  sending.add(sent);
  void sent.finally(() => sending.delete(sent));
  return "done";
}

/** Shows what comes; events up to `shown` are on the screen already. */
async function show(room: Room, screen: Screen, items: AsyncIterable<GroupItem>, shown: number): Promise<void> {
  const echoes = new Map<string, number>();
  let typing: readonly number[] = [];
  for await (const item of items) {
    if (item.type === "event" && item.event.s <= shown) continue;
    if (item.type === "event") await showEvent(room, screen, item.event, echoes);
    else if (item.type === "typing") {
      await showTyping(
        room,
        screen,
        item.u.filter((u) => !typing.includes(u)),
      );
      typing = item.u;
    } else if (item.type === "echo") {
      const line = renderEcho(room.client.nowMs(), item.kind, item.body.t, room.names.of(room.client.me));
      echoes.set(nonceKey(item.nonce), screen.print(line));
    } else if (item.type === "refused") {
      echoes.delete(nonceKey(item.nonce));
      screen.print(`! not sent: ${item.error.message}`);
    } else if (item.type === "gap")
      screen.print(`- ${item.s - item.have} events could not be replayed (${clean(item.why)})`);
    else if (item.type === "state") {
      screen.print(`- ${stateText(item)}`);
      if (item.state === "removed" || item.state === "stopped") screen.end();
    }
  }
}

async function showEvent(
  { names }: Room,
  screen: Screen,
  event: Extract<GroupItem, { type: "event" }>["event"],
  echoes: Map<string, number>,
): Promise<void> {
  names.learn(event);
  await names.know(peopleIn(event));
  const key = event.n === undefined ? "" : nonceKey(event.n);
  const echoed = echoes.get(key);
  echoes.delete(key);
  if (echoed === undefined) screen.print(render(event, names));
  else screen.amend(echoed, `${render(event, names)} ✓`);
}

/** Those who have begun to type, a line each. */
async function showTyping({ names }: Room, screen: Screen, people: readonly number[]): Promise<void> {
  await names.know(people);
  for (const u of people) screen.print(`- ${clean(names.of(u))} is typing`);
}

function stateText(item: Extract<GroupItem, { type: "state" }>): string {
  if (item.state === "lost") return `connection lost, retrying: ${clean(item.why)}`;
  if (item.state === "removed") return "you are no longer a member of this group";
  if (item.state === "stopped") return `disconnected: ${clean(item.why)}`;
  const missed = item.resumed + item.fetched;
  return missed === 0 ? "back, nothing missed" : `back, ${missed} fetched`;
}
