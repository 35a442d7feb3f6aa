import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrames, FRAME_MAX_BYTES, FrameDecoder } from "./framing.ts";

function decoderInto(payloads: Uint8Array[]): FrameDecoder {
  return new FrameDecoder((payload) => payloads.push(Uint8Array.from(payload)));
}

function header(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

test("a frame is its length in four bytes, big-endian, and its payload", () => {
  expect([...encodeFrames([Uint8Array.of(7, 8), Uint8Array.of(9)])]).toEqual([0, 0, 0, 2, 7, 8, 0, 0, 0, 1, 9]);
});

test("whatever way the bytes are cut, the payloads come out whole and in order", () => {
  const payload = fc.uint8Array({ minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 400 })), (sent, cuts) => {
      const bytes = encodeFrames(sent);
      const got: Uint8Array[] = [];
      const decoder = decoderInto(got);

      let offset = 0;
      for (const cut of cuts) {
        decoder.push(bytes.subarray(offset, offset + cut));
        offset += cut;
      }
      decoder.push(bytes.subarray(offset));

      expect(got).toEqual(sent.map((one) => Uint8Array.from(one)));
    }),
  );
});

test("the largest frame comes through a byte at a time", () => {
  const payload = new Uint8Array(FRAME_MAX_BYTES).fill(5);
  const bytes = encodeFrames([payload]);
  const got: Uint8Array[] = [];
  const decoder = decoderInto(got);

  for (let i = 0; i < bytes.length; i++) decoder.push(bytes.subarray(i, i + 1));

  expect(got).toHaveLength(1);
  expect(got[0]?.every((byte) => byte === 5)).toBe(true);
});

test("a frame past the bound is refused before any of its payload is kept, and not made either", () => {
  const tooLong = expect.objectContaining({ code: "TOO_LARGE" });

  expect(() => decoderInto([]).push(header(FRAME_MAX_BYTES + 1))).toThrow(tooLong);
  expect(() => decoderInto([]).push(header(0xffff_ffff))).toThrow(tooLong);
  expect(() => encodeFrames([new Uint8Array(FRAME_MAX_BYTES + 1)])).toThrow(tooLong);
});

test("an empty frame is refused", () => {
  expect(() => decoderInto([]).push(header(0))).toThrow(expect.objectContaining({ code: "BAD_FRAME" }));
});
