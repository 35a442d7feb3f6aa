import { expect, test } from "vitest";
import { answerFaults } from "./answer-order.ts";

const JOURNAL = "/data/journal/data.mdb";
const OPEN = `9 openat(AT_FDCWD</x>, "${JOURNAL}", O_WRONLY|O_DSYNC|O_CLOEXEC) = 30<${JOURNAL}>`;
const WRITE = `12 pwrite64(29<${JOURNAL}>, "..mark-1..", 4096, 8192) = 4096`;
const SYNC = `12 fdatasync(29<${JOURNAL}>) = 0`;
const POINT = `12 pwrite64(30<${JOURNAL}>, "..", 128, 40) = 128`;
const OK = String.raw`9 sendto(31<socket:[7]>, "\201~\0\\{\"t\":\"ok\",\"i\":3,\"d\":{}}", 99, 0, NULL, 0) = 99`;
const SENT = [{ mark: "mark-1", i: 3 }];

const faults = (...lines: readonly string[]): string[] => answerFaults(lines.join("\n"), JOURNAL, SENT);

test("an answer after write, sync and write-through keeps the promise", () => {
  expect(faults(OPEN, WRITE, SYNC, POINT, OK)).toEqual([]);
});

test.each([
  ["before the sync", [OPEN, WRITE, OK, SYNC, POINT]],
  ["before the page that points to it", [OPEN, WRITE, SYNC, OK, POINT]],
  ["after a sync that was over before the write", [OPEN, SYNC, POINT, WRITE, OK, SYNC, POINT]],
])("an answer %s breaks it", (_, lines) => {
  expect(faults(...lines)).toEqual(["mark-1 was answered before it was durable"]);
});

test("a sync counts when it ends, not when it begins", () => {
  const begun = `12 fdatasync(29<${JOURNAL}> <unfinished ...>`;
  const over = "12 <... fdatasync resumed>) = 0";

  expect(faults(OPEN, WRITE, begun, OK, over, POINT)).toHaveLength(1);
  expect(faults(OPEN, WRITE, begun, over, POINT, OK)).toEqual([]);
});

test("a run in which the calls are not seen proves nothing", () => {
  expect(faults(OPEN, WRITE, OK)).toEqual(["mark-1: the trace lacks its write, sync or answer"]);
});
