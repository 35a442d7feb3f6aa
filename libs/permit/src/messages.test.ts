import type { Answer, Question } from "@guildhall/proto";
import { pack } from "@guildhall/wire";
import { expect, test } from "vitest";
import {
  answerBody,
  CALL,
  decodeReply,
  decodeRequest,
  encodeReplies,
  encodeReply,
  encodeRequest,
  questionBody,
  readAnswer,
  readAnswers,
  readExplanation,
  readFactsRequest,
  readQuestion,
  readQuestions,
} from "./messages.ts";

const big = Number.MAX_SAFE_INTEGER;

test.each<Question>([
  { g: big, u: 2, need: ["SEND_MESSAGE", "EXPORT_DATA"], auth: 1_800_000_000_000, minV: 5 },
  { g: 1, u: 2, need: [], auth: 0, minV: 0, on: big },
  { g: 1, u: 2, need: ["VIEW_GROUP"], auth: 0, minV: 0, ownerOnly: true, dangerous: true },
  { g: 1, u: 2, need: ["KICK_MEMBER"], auth: 0, minV: 0, on: 3, axis: "kick" },
  { g: 1, u: 2, need: [], auth: 0, minV: 0, dangerous: true, axis: "recall", anyState: true },
  { g: 1, u: 2, need: [], auth: 0, minV: 0, anyState: true },
])("a question arrives as it was sent: %j", (question) => {
  const { n, call, body } = decodeRequest(encodeRequest(0xffff_ffff, CALL.check, questionBody(question)));

  expect([n, call, readQuestion(body)]).toEqual([0xffff_ffff, CALL.check, question]);
});

test.each<Answer>([
  { ok: true, v: big, lo: 0xffff_ffff, hi: 0x1_ffff, rank: 1000 },
  { ok: false, v: 1, lo: 0, hi: 0, rank: 0, why: "NO_GROUP" },
  { ok: false, v: 1, lo: 1, hi: 0, rank: 100, why: "BIT", bit: "VIEW_GROUP" },
  { ok: false, v: 1, lo: 1, hi: 0, rank: 100, why: "MUTED", until: 0 },
  { ok: false, v: 1, lo: 1, hi: 0, rank: 100, why: "POLICY", axis: "rename" },
  { ok: false, v: 1, lo: 1, hi: 0, rank: 100, why: "POLICY", axis: "recall" },
  { ok: false, v: 0, lo: 0, hi: 0, rank: 0, why: "UNKNOWN" },
])("an answer arrives as it was sent: %j", (answer) => {
  const { n, body } = decodeReply(encodeReply(3, answerBody(answer)));

  expect([n, readAnswer(body)]).toEqual([3, answer]);
});

test("replies to several arrive as they were sent, and others are none", () => {
  expect(decodeReply(encodeReplies(3, ["a", null]))).toEqual({ n: 3, body: ["a", null], many: true });
  expect(() => decodeReply(pack([3, ["a", null], 3]))).toThrow("BAD_FRAME");
  expect(() => decodeReply(pack([3, "ab", 2]))).toThrow("BAD_FRAME");
});

test.each<[string, unknown]>([
  ["nothing", null],
  ["a text", "yes"],
  ["too few", [1, 2, 3, 4, [], 0]],
  ["too many", [1, 2, 3, 4, [], 0, 0, 0]],
  ["no group", [0, 2, 3, 4, [], 0, 0]],
  ["no person", [1, 0, 3, 4, [], 0, 0]],
  ["a fraction", [1.5, 2, 3, 4, [], 0, 0]],
  ["a bit that is not in use", [1, 2, 3, 4, [49], 0, 0]],
  ["a bit by name", [1, 2, 3, 4, ["VIEW_GROUP"], 0, 0]],
  ["more bits than there are", [1, 2, 3, 4, Array.from({ length: 53 }, () => 0), 0, 0]],
  ["an axis that is not in use", [1, 2, 3, 4, [], 0, 20]],
  ["a flag that is not in use", [1, 2, 3, 4, [], 0, 64]],
])("%s is no question", (_, body) => {
  expect(readQuestion(body)).toBeUndefined();
});

test.each<[string, unknown]>([
  ["nothing", null],
  ["true", true],
  ["too few", [0, 1, 2, 3, 4, 5]],
  ["a reason that is no number", ["0", 1, 2, 3, 4, -1, -1]],
  ["a version that is no number", [0, "1", 2, 3, 4, -1, -1]],
])("%s is no answer", (_, body) => {
  expect(readAnswer(body)).toBeUndefined();
});

test("a reason that is not known yet is a refusal all the same", () => {
  expect(readAnswer([99, 1, 0, 0, 0, -1, -1])).toMatchObject({ ok: false, why: "UNKNOWN" });
});

test("as many answers as questions, or none", () => {
  const yes = answerBody({ ok: true, v: 1, lo: 0, hi: 0, rank: 0 });

  expect(readAnswers([yes, yes], 2)).toHaveLength(2);
  expect(readAnswers([yes], 2)).toBeUndefined();
  expect(readAnswers([yes, null], 2)).toBeUndefined();
});

test("more questions than are allowed at once are none", () => {
  expect(readQuestions(Array.from({ length: 257 }, () => null))).toBeUndefined();
  expect(readQuestions([null])).toEqual([undefined]);
  expect(readQuestions(null)).toBeUndefined();
});

test("a request for facts names a group and a person", () => {
  expect(readFactsRequest([1, 2])).toEqual({ g: 1, u: 2 });
  expect(readFactsRequest([1])).toBeUndefined();
  expect(readFactsRequest([0, 2])).toBeUndefined();
});

test("half an explanation is none", () => {
  expect(readExplanation([null, null, null, null, []])).toBeUndefined();
  expect(readExplanation(null)).toBeUndefined();
});

test.each<[string, Uint8Array]>([
  ["bytes that are not MessagePack", Uint8Array.of(0xc1)],
  ["two values", Uint8Array.of(1, 2)],
  ["a map", pack({ n: 1 })],
  ["an array of another length", pack([1])],
  ["a number that is none", pack(["1", 1, null])],
])("%s are neither request nor reply", (_, payload) => {
  const badFrame = expect.objectContaining({ code: "BAD_FRAME" });

  expect(() => decodeRequest(payload)).toThrow(badFrame);
  expect(() => decodeReply(payload)).toThrow(badFrame);
});
