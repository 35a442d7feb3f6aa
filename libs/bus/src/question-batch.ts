/** A message takes no more once it has this much, so that one that takes the largest question or answer still passes. */
export const BATCH_BYTES = 256 * 1024;

/** How an answer ended: with bytes; its answerer failed; nobody answers there any more. */
export const ANSWER = { answered: 0, failed: 1, nobody: 2 } as const;
export type AnswerKind = (typeof ANSWER)[keyof typeof ANSWER];

export type BatchedQuestion = { readonly number: number; readonly data: Uint8Array };
export type BatchedAnswer = { readonly number: number; readonly kind: AnswerKind; readonly data: Uint8Array };

/** Of a question: its length. Of an answer: its number, its kind and its length. */
const QUESTION_HEAD = 4;
const ANSWER_HEAD = 9;
const NUMBER_BYTES = 4;

/** Questions numbered from `first` on: that number, then of each its length and its bytes; numbers are 32 bits. */
export function encodeQuestions(first: number, questions: readonly Uint8Array[]): Uint8Array {
  const bytes = questions.reduce((sum, { length }) => sum + QUESTION_HEAD + length, NUMBER_BYTES);
  const message = Buffer.allocUnsafe(bytes);
  let at = message.writeUInt32BE(first);
  for (const data of questions) {
    at = message.writeUInt32BE(data.length, at);
    message.set(data, at);
    at += data.length;
  }
  return message;
}

/** The questions share memory with `message`. @throws RangeError when it is cut short. */
export function decodeQuestions(message: Uint8Array): BatchedQuestion[] {
  const from = viewOf(message);
  const questions: BatchedQuestion[] = [];
  let number = from.readUInt32BE();
  for (let at = NUMBER_BYTES; at < from.length; number = next(number)) {
    const end = at + QUESTION_HEAD + from.readUInt32BE(at);
    questions.push({ number, data: part(from, at + QUESTION_HEAD, end) });
    at = end;
  }
  return questions;
}

export function encodeAnswers(answers: readonly BatchedAnswer[]): Uint8Array {
  const message = Buffer.allocUnsafe(answers.reduce((sum, { data }) => sum + ANSWER_HEAD + data.length, 0));
  let at = 0;
  for (const { number, kind, data } of answers) {
    at = message.writeUInt32BE(number, at);
    at = message.writeUInt8(kind, at);
    at = message.writeUInt32BE(data.length, at);
    message.set(data, at);
    at += data.length;
  }
  return message;
}

/** The answers share memory with `message`. @throws RangeError when it is cut short. */
export function decodeAnswers(message: Uint8Array): BatchedAnswer[] {
  const from = viewOf(message);
  const answers: BatchedAnswer[] = [];
  for (let at = 0; at < from.length; ) {
    const end = at + ANSWER_HEAD + from.readUInt32BE(at + 5);
    const data = part(from, at + ANSWER_HEAD, end);
    answers.push({ number: from.readUInt32BE(at), kind: from.readUInt8(at + 4) as AnswerKind, data });
    at = end;
  }
  return answers;
}

/** Numbers begin again after 32 bits: far fewer questions are open at once. */
export function next(number: number): number {
  return (number + 1) >>> 0;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function part(from: Buffer, start: number, end: number): Uint8Array {
  if (end > from.length) throw new RangeError(`${from.length} bytes of ${end}`);
  return from.subarray(start, end);
}
