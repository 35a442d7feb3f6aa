import fc from "fast-check";
import { expect, test } from "vitest";
import { Splitter } from "./splitter.ts";

/** A frame as a server sends it: not masked. */
function serverFrame(payload: Uint8Array): Buffer {
  const head = payload.length < 126 ? [0x82, payload.length] : [0x82, 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}

test("frames come out whole and in order, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 50 }),
      (payloads, cuts) => {
        const bytes = Buffer.concat(payloads.map(serverFrame));
        const got: Buffer[] = [];
        const splitter = new Splitter((opcode, payload) => {
          expect(opcode).toBe(2);
          got.push(Buffer.from(payload));
        });

        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const part = Buffer.from(bytes.subarray(at, at + (cuts[cut % cuts.length] ?? 1)));
          splitter.push(part, part.length);
          at += part.length;
        }

        expect(got).toEqual(payloads.map((payload) => Buffer.from(payload)));
      },
    ),
  );
});

test("bytes beyond the length of the read are not looked at", () => {
  const got: number[] = [];
  const splitter = new Splitter((_, payload) => void got.push(payload.length));
  const bytes = Buffer.concat([serverFrame(new Uint8Array(3)), serverFrame(new Uint8Array(5))]);

  splitter.push(bytes, 5);

  expect(got).toEqual([3]);
});
