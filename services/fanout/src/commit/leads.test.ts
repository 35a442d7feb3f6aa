import { CLOCKS_APART_MAX_MS, LIMITS } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import { Leads } from "./leads.ts";

const START_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;
/** A nonce of this time was used after the window began, whatever the clocks. */
const AHEAD_MAX_MS = LIMITS.nonceSkewMs + CLOCKS_APART_MAX_MS;
const LATER_MS = START_MS + CLOCKS_APART_MAX_MS + AHEAD_MAX_MS;

test("where nothing is known of the nonces before, one may have been used as early as the skew allows", () => {
  const leads = new Leads(undefined, START_MS);

  expect(leads.earliest(LATER_MS - 1)).toBe(LATER_MS - 1 - AHEAD_MAX_MS);
  expect(leads.earliest(LATER_MS)).toBe(LATER_MS);
});

test("a nonce may have been used as long before its time as the one that was furthest ahead", () => {
  const leads = new Leads(undefined, START_MS);
  leads.note(START_MS + 250, START_MS + 100);
  leads.note(START_MS + 300, START_MS + 290);
  leads.note(START_MS, START_MS + 500);

  expect(leads.earliest(LATER_MS)).toBe(LATER_MS - 150);
});

test("the next owner goes on with what the record says", () => {
  const before = new Leads(undefined, START_MS);
  before.note(START_MS + 40, START_MS);

  const next = new Leads(before.lead, LATER_MS);
  next.note(LATER_MS + 10, LATER_MS);

  expect(next.lead).toEqual({ ms: 40, sinceMs: START_MS + CLOCKS_APART_MAX_MS });
  expect(next.earliest(LATER_MS)).toBe(LATER_MS - 40);
});

test("one that was far ahead is forgotten after two windows, and so is what was before them", () => {
  const leads = new Leads(undefined, START_MS);
  leads.note(START_MS + 90_000, START_MS);
  const [first, second] = [START_MS + 11 * MINUTE_MS, START_MS + 22 * MINUTE_MS];

  leads.note(first, first);
  expect(leads.lead.ms).toBe(90_000);
  leads.note(second, second);

  expect(leads.lead).toEqual({ ms: 0, sinceMs: first + CLOCKS_APART_MAX_MS });
  expect(leads.earliest(first)).toBe(first - AHEAD_MAX_MS);
});
