import type { Entry } from "@guildhall/proto";

/** A message's entry, for tests that look at some of its fields. Without a seq it has no row of its own. */
export const ENTRY: Entry = {
  g: 1,
  l: 0,
  s: 0,
  at: 0,
  u: 1,
  dev: "",
  as: 0,
  k: "text",
  n: null,
  h: null,
  m: 0,
  pv: 0,
  pp: -1,
  bk: 0,
  bb: 0,
  b: {},
  re: 0,
  mn: null,
  why: "",
  w: [],
};
