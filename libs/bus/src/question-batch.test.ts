import { expect, test } from "vitest";
import { ANSWER, decodeAnswers, decodeQuestions, encodeAnswers, encodeQuestions } from "./question-batch.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const plain = ({ data, ...rest }: { readonly data: Uint8Array }) => ({ ...rest, data: [...data] });

test("questions come out as they went in, numbered from the first, over the end of the numbers too", () => {
  const message = encodeQuestions(2 ** 32 - 1, [bytes(1, 2), bytes(), bytes(3)]);

  expect(decodeQuestions(message).map(plain)).toEqual([
    { number: 2 ** 32 - 1, data: [1, 2] },
    { number: 0, data: [] },
    { number: 1, data: [3] },
  ]);
});

test("answers come out as they went in", () => {
  const answers = [
    { number: 7, kind: ANSWER.answered, data: bytes(1, 2) },
    { number: 2 ** 32 - 1, kind: ANSWER.failed, data: bytes() },
  ];

  expect(decodeAnswers(encodeAnswers(answers)).map(plain)).toEqual(answers.map(plain));
});

test("what is cut short is no message", () => {
  const questions = encodeQuestions(1, [bytes(1, 2, 3)]);
  const answers = encodeAnswers([{ number: 1, kind: ANSWER.answered, data: bytes(1, 2, 3) }]);

  for (let length = 0; length < questions.length; length++) {
    // The number alone is a message without questions.
    if (length !== 4) expect(() => decodeQuestions(questions.subarray(0, length))).toThrow(RangeError);
  }
  for (let length = 1; length < answers.length; length++) {
    expect(() => decodeAnswers(answers.subarray(0, length))).toThrow(RangeError);
  }
});
