import { LIMITS } from "@guildhall/proto/tables";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Outgoing, PROBE_AFTER_BYTES, PROBE_EVERY_MS, PROBE_MAX_MS, ROOM_MAX_MS } from "./outgoing.ts";
import { DROPPED, QUEUED, SENT } from "./socket.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const socket = {
    buffered: 0,
    result: SENT,
    send: vi.fn(),
    ping: vi.fn((_bytes: Uint8Array) => SENT),
    end: vi.fn(),
    cork: (write: () => void) => write(),
  };
  const counts = { slow: 0 };
  socket.send.mockImplementation(() => socket.result);
  const out = new Outgoing({ ...socket, getBufferedAmount: () => socket.buffered }, true, counts);
  return { socket, counts, out };
}

const frame = new Uint8Array([1]);

test("a frame that is queued is sent", () => {
  const { socket, out } = setUp();
  socket.result = QUEUED;

  expect(out.write(frame)).toBe(true);
  expect(out.open).toBe(true);
});

test("a frame that was dropped ends the session, and nothing is sent after", () => {
  const { socket, out } = setUp();
  socket.result = DROPPED;

  expect(out.write(frame)).toBe(false);
  expect(out.write(frame)).toBe(false);

  expect(socket.send).toHaveBeenCalledOnce();
  expect(socket.end).toHaveBeenCalledExactlyOnceWith(4001, expect.any(String));
});

test("at 64 KiB the frame is not sent and the session is closed once", () => {
  const { socket, counts, out } = setUp();
  socket.buffered = LIMITS.bufferedCloseBytes;

  out.write(frame);
  out.write(frame);

  expect(socket.send).not.toHaveBeenCalled();
  expect(socket.end).toHaveBeenCalledOnce();
  expect(counts.slow).toBe(1);
});

test("who waits for room goes on when there is some", async () => {
  const { socket, out } = setUp();
  socket.buffered = LIMITS.bufferedSkipBytes;
  let free = false;
  const room = out.room().then(() => {
    free = true;
  });

  out.drained();
  await vi.advanceTimersByTimeAsync(10);
  expect(free).toBe(false);
  socket.buffered = 0;
  out.drained();
  await room;

  expect(out.open).toBe(true);
});

test("a client that makes no room is closed as slow", async () => {
  const { socket, counts, out } = setUp();
  socket.buffered = LIMITS.bufferedSkipBytes;
  const room = out.room();

  await vi.advanceTimersByTimeAsync(ROOM_MAX_MS);
  await room;

  expect(socket.end).toHaveBeenCalledOnce();
  expect(counts.slow).toBe(1);
});

test("a socket that has gone is not touched again", async () => {
  const { socket, out } = setUp();
  socket.buffered = LIMITS.bufferedSkipBytes;
  const room = out.room();

  out.closed();
  await room;
  out.write(frame);
  out.close("DRAIN");

  expect(socket.send).not.toHaveBeenCalled();
  expect(socket.end).not.toHaveBeenCalled();
});

const much = new Uint8Array(PROBE_AFTER_BYTES);

test("a client that is sent much is asked whether it reads; one that is sent little is left alone", () => {
  const { socket, out } = setUp();

  out.write(frame);
  out.probe(0);
  expect(socket.ping).not.toHaveBeenCalled();
  out.write(much.subarray(1));
  out.probe(1_000);
  expect(socket.ping).toHaveBeenCalledOnce();
  out.answered(socket.ping.mock.lastCall?.[0] ?? frame);
  out.write(much.subarray(1));
  out.probe(1_000 + PROBE_EVERY_MS);
  expect(socket.ping).toHaveBeenCalledOnce();
  out.write(frame);
  out.probe(1_000 + PROBE_EVERY_MS);
  expect(socket.ping).toHaveBeenCalledTimes(2);
  expect(out.open).toBe(true);
});

test("however much a client is sent, it is asked once in a while", () => {
  const { socket, out } = setUp();
  out.write(much);
  out.probe(1_000);
  out.answered(socket.ping.mock.lastCall?.[0] ?? frame);

  out.write(much);
  out.probe(1_000 + PROBE_EVERY_MS - 1);
  expect(socket.ping).toHaveBeenCalledOnce();
  out.probe(1_000 + PROBE_EVERY_MS);
  expect(socket.ping).toHaveBeenCalledTimes(2);
});

test("a client that does not answer is closed as slow, whatever it sends otherwise", () => {
  const { socket, counts, out } = setUp();
  out.write(much);
  out.probe(0);

  out.answered(new Uint8Array());
  out.answered(socket.ping.mock.lastCall?.[0].map((byte) => byte ^ 1) ?? frame);
  out.probe(PROBE_MAX_MS - 1);
  expect(out.open).toBe(true);
  out.probe(PROBE_MAX_MS);

  expect(socket.end).toHaveBeenCalledExactlyOnceWith(4001, expect.any(String));
  expect(counts.slow).toBe(1);
});
