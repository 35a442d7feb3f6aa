import { expect, test } from "vitest";
import { whatWasRead } from "./stored-messages.ts";

const text = (s: number, t: string) => ({ s, k: "text", b: { t } });

test("holes are seqs before the newest that nothing was read for", () => {
  expect(whatWasRead([{ s: 1, k: "group.created" }, text(4, "0/0 a"), text(2, "0/1 a")])).toEqual({
    holes: 1,
    messages: 2,
    distinct: 2,
  });
});

test("a message that was read twice is one", () => {
  expect(whatWasRead([text(1, "3/7 a"), text(2, "3/7 a"), text(3, "37/1 a")])).toMatchObject({
    messages: 3,
    distinct: 2,
  });
});
