import { SERVER_FRAME } from "@guildhall/proto";
import { afterEach, expect, test } from "vitest";
import { type Client, connect } from "./client.ts";
import { EPOCH, evFrame, FakeServer, greetAndSubscribe, subRow } from "./fake-server.ts";
import type { GroupItem } from "./items.ts";
import { staticToken } from "./tokens.ts";

const G = 42;
let client: Client | undefined;
afterEach(() => client?.close());

async function passive(server: FakeServer) {
  client = connect({
    url: "ws://fake",
    tokens: staticToken("tok"),
    app: "test",
    socket: server.socket,
    backoff: { random: () => 0 },
  });
  const group = client.group(G);
  const items: GroupItem[] = [];
  group.listen((item) => items.push(item));
  await group.subscribe({ mode: "passive" });
  return { group, items, connection: await server.connection(0) };
}

test("a passive group tells heads, and its state follows them", async () => {
  const { group, items, connection } = await passive(new FakeServer(greetAndSubscribe(10)));

  connection.send({ t: SERVER_FRAME.head, h: [[G, 0, EPOCH, 17, 15, 2]] });

  expect(items).toEqual([{ type: "head", s: 17, m: 15, mn: 2 }]);
  expect(group.state).toMatchObject({ head: 17, m: 15 });
});

test("made active it is told everything after where it stood", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const { group, items, connection } = await passive(server);
  connection.send({ t: SERVER_FRAME.head, h: [[G, 0, EPOCH, 12, 12, 0]] });
  server.script = () => false;

  const active = group.subscribe();
  const sub = await connection.next("sub");
  connection.send(evFrame(G, 11, 12));
  connection.ok(sub.i, [subRow(G, 12)]);
  const state = await active;

  expect(sub).toMatchObject({ mode: 1, cur: [[G, 0, EPOCH, 10]] });
  expect(items.filter(({ type }) => type === "event")).toHaveLength(2);
  expect(state.head).toBe(12);
});

test("after a reconnect it is passive again, from the same place", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const { items, connection } = await passive(server);

  connection.close(1006);
  const again = await server.connection(1);

  expect(await again.next("hello")).toMatchObject({ cur: [[G, 0, EPOCH, 10]], act: [] });
  expect(items.filter(({ type }) => type === "gap")).toEqual([]);
});

test("a gap of a new epoch is told and nothing is fetched", async () => {
  const server = new FakeServer(greetAndSubscribe(10));
  const { group, items, connection } = await passive(server);

  connection.send({ t: SERVER_FRAME.gap, g: G, ep: EPOCH + 1, have: 10, s: 3, why: "epoch" });

  expect(items).toEqual([{ type: "gap", have: 10, s: 3, why: "epoch" }]);
  expect(group.state?.head).toBe(3);
  expect(connection.received.map(({ t }) => t)).not.toContain(6);
});

test("the gap of a removal ends following", async () => {
  const { items, connection } = await passive(new FakeServer(greetAndSubscribe(10)));

  connection.send({ t: SERVER_FRAME.gap, g: G, ep: EPOCH, have: 11, s: 12, why: "removed" });
  connection.send({ t: SERVER_FRAME.head, h: [[G, 0, EPOCH, 13, 13, 0]] });

  expect(items).toEqual([{ type: "state", state: "removed", why: "removed" }]);
});
