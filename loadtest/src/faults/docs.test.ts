import { readFileSync } from "node:fs";
import { INVARIANTS } from "@guildhall/testkit/history";
import { expect, test } from "vitest";

test("the page on faults has the promises as they are checked", () => {
  const page = readFileSync(new URL("../../../docs/operate/faults.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (I\d+) \| (.*) \|$/gm)].map(([, name, text]) => [
    name,
    text?.replaceAll("`", ""),
  ]);

  expect(rows).toEqual(Object.entries(INVARIANTS));
});
