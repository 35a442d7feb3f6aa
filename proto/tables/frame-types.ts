/** Frame types: the integer is `t` in MessagePack, the name is `t` in JSON. */
export const CLIENT_FRAME = {
  hello: 1,
  sub: 2,
  unsub: 3,
  send: 4,
  cmd: 5,
  get: 6,
  ask: 7,
  read: 8,
  eph: 9,
  auth: 10,
  ping: 11,
} as const;

export const SERVER_FRAME = {
  welcome: 64,
  ok: 65,
  err: 66,
  ev: 67,
  head: 68,
  eph: 69,
  gap: 70,
  pres: 71,
  go: 72,
  bye: 73,
  pong: 74,
} as const;

export type ClientFrameName = keyof typeof CLIENT_FRAME;
export type ServerFrameName = keyof typeof SERVER_FRAME;

export const SUBPROTOCOL = { msgpack: "guildhall.msgpack.v1", json: "guildhall.json.v1" } as const;
export type Encoding = keyof typeof SUBPROTOCOL;
