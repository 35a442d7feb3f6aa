import { readFileSync } from "node:fs";
import { BUS_RIGHTS, type BusRights } from "@guildhall/wire";
import { expect, test } from "vitest";
import * as subjects from "../../libs/wire/src/subjects.ts";
import { ACCOUNTS_FILE, accountsFile, SUBJECTS_PAGE, subjectsPage } from "./rights.ts";

const textOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = textOf(SUBJECTS_PAGE);
const rights: readonly (readonly [string, BusRights])[] = Object.entries(BUS_RIGHTS);
const LEASES = "$KV.guildhall-leases.<name>";

/** The map's rows as cells. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .map((part) => part.trim())
      .slice(1, -1),
  );

/** A subject as the rights name it. */
const granted = (subject: string): string => subject.replace("<p>", "*").replace("<name>", ">");
const who = (cell: string): string[] => cell.split(", ").sort();
const withRight = (to: "publish" | "subscribe", subject: string): string[] =>
  rights
    .filter(([, right]) => right[to].includes(granted(subject)))
    .map(([name]) => name)
    .sort();

test("the map has every subject there is, and no other", () => {
  const onBus = Object.values(subjects).map((subject) => subject(0).replace(".0", ".<p>"));

  const listed = rows.map(([subject = ""]) => subject.replaceAll("`", ""));

  expect(listed.sort()).toEqual([...onBus, "journal.<p>", LEASES].sort());
});

test.each(rows.map(([subject = "", publishers = "", subscribers = ""]) => [subject, publishers, subscribers] as const))(
  "%s is published and subscribed to by those who have the right",
  (cell, publishers, subscribers) => {
    const subject = cell.replaceAll("`", "");

    expect(who(publishers)).toEqual(withRight("publish", subject));
    if (subscribers.startsWith("the stream ")) expect(withRight("subscribe", subject)).toEqual([]);
    else expect(who(subscribers)).toEqual(withRight("subscribe", subject));
  },
);

test("every right is one to a subject of the map, to JetStream's own, or to where answers come in", () => {
  const known = new Set(rows.map(([subject = ""]) => granted(subject.replaceAll("`", ""))));

  for (const [user, { publish, subscribe }] of rights) {
    expect(publish.filter((subject) => !known.has(subject) && !subject.startsWith("$JS.API."))).toEqual([]);
    expect(subscribe.filter((subject) => !known.has(subject))).toEqual([`_INBOX_${user}.>`]);
  }
});

test("each payload is a type of proto", () => {
  const source = ["bus", "hand-over", "record"].map((name) => textOf(`proto/internal/${name}.ts`)).join("");
  const payloads = rows.flatMap(([, , , payload = ""]) =>
    [...payload.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
  );

  expect(payloads.length).toBeGreaterThan(10);
  expect(payloads.filter((name) => !source.includes(`export type ${name} =`))).toEqual([]);
});

test("the page's rights and both copies of the configuration are those of the code", () => {
  expect(page).toBe(subjectsPage(page));
  expect(textOf(ACCOUNTS_FILE)).toBe(accountsFile());
});

test("a right that changes shows in the page", () => {
  expect(subjectsPage(page.replace("| api | `cmd.*`", "| api | `ev.*` `cmd.*`"))).toBe(page);
  expect(subjectsPage(page.replace("user: gateway", "user: doorway"))).toBe(page);
});
