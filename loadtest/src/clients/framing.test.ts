import fc from "fast-check";
import { expect, test } from "vitest";
import { maskedFrame, OPCODE, readHeader } from "./framing.ts";

test.each([0, 125, 126, 65_535, 65_536])("a frame of %i bytes unmasks to what went in", (length) => {
  const payload = Buffer.alloc(length, "abc");
  const frame = maskedFrame(OPCODE.binary, payload);
  const headerBytes = frame.length - length - 4;
  const mask = frame.subarray(headerBytes, headerBytes + 4);
  const header = readHeader(frame, 0, frame.length);

  expect(header).toEqual({ opcode: OPCODE.binary, fin: true, headerBytes, payloadBytes: length });
  expect((frame[1] ?? 0) & 0x80).toBe(0x80);
  expect(Buffer.from(frame.subarray(headerBytes + 4).map((byte, i) => byte ^ (mask[i & 3] ?? 0))).equals(payload)).toBe(
    true,
  );
});

test("a header is read only once it is whole", () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 125, 126, 65_536), fc.nat(20), (length, offset) => {
      const header = maskedFrame(OPCODE.text, Buffer.alloc(length)).subarray(
        0,
        length < 126 ? 2 : length < 65_536 ? 4 : 10,
      );
      const bytes = Buffer.concat([Buffer.alloc(offset), header]);
      for (let to = offset; to < bytes.length; to++) expect(readHeader(bytes, offset, to)).toBeUndefined();
      expect(readHeader(bytes, offset, bytes.length)?.payloadBytes).toBe(length);
    }),
  );
});
