import { expect, test } from "vitest";
import { wasMetAtEnd } from "./trace.ts";

const SYNC = "9 fdatasync(23) = -1 EIO (Input/output error) (INJECTED)";
const TOLD = "7 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0} ---";

test.each([
  ["before it was told to end", [SYNC, TOLD], false],
  ["after it was told to end", [TOLD, SYNC], true],
  ["and it was never told", [SYNC], false],
  ["nowhere", [TOLD], false],
])("a fault %s", (_, lines, atEnd) => {
  expect(wasMetAtEnd(lines.join("\n"))).toBe(atEnd);
});
