import { expect, test } from "vitest";
import { tracedOks } from "./trace.ts";

const JOURNAL = "/tmp/x/data/journal/data.mdb";
const ok = (at: string, i: number) =>
  `10 ${at} sendto(30<socket:[1]>, "\\201~{\\"t\\":\\"ok\\",\\"i\\":${i},\\"d\\":{", 80, 0, NULL, 0) = 80`;
const write = (at: string, file = JOURNAL) => `11 ${at} pwrite64(21<${file}>, "\\0\\0"..., 128, 0) = 128`;
const sync = (at: string, file = JOURNAL) => `11 ${at} fdatasync(20<${file}>) = 0`;
const INVOKED = new Map([
  [5, 100],
  [6, 200],
]);

test("an answer after the sync and the write of the meta page is synced", () => {
  const trace = [write("100.001"), sync("100.002"), write("100.003"), ok("100.004", 5)].join("\n");

  expect(tracedOks(trace, INVOKED)).toEqual([{ i: 5, synced: true }]);
});

test.each([
  ["before the sync", [write("100.001"), ok("100.002", 5), sync("100.003"), write("100.004")]],
  ["before the meta page", [write("100.001"), sync("100.002"), ok("100.003", 5), write("100.004")]],
  [
    "with the sync of another file",
    [sync("100.001", "/tmp/x/data/store/data.mdb"), write("100.002"), ok("100.003", 5)],
  ],
  ["with the sync of the request before", [sync("99.9"), write("99.95"), ok("100.003", 5)]],
  ["without any", [ok("100.003", 5)]],
])("an answer %s is not", (_, lines) => {
  expect(tracedOks(lines.join("\n"), INVOKED)).toEqual([{ i: 5, synced: false }]);
});

test("a call that is interrupted counts when it is over", () => {
  const begun = `11 100.001 fdatasync(20<${JOURNAL}> <unfinished ...>`;
  const over = "11 100.004 <... fdatasync resumed>) = 0";
  const early = [begun, write("100.002").replace("11", "12"), ok("100.003", 5), over].join("\n");
  const late = [begun, over, write("100.005"), ok("200.9", 6).replace("200.9", "100.9").replace(":6,", ":5,")].join(
    "\n",
  );

  expect(tracedOks(early, INVOKED)).toEqual([{ i: 5, synced: false }]);
  expect(tracedOks(late, INVOKED)).toEqual([{ i: 5, synced: true }]);
});
