import type { Place } from "./run-log.ts";

/** What a step asks for: a method, its arguments, and others under which the same nonce is a conflict. */
export type Request = { readonly m: string; readonly a: unknown; readonly other: unknown };

/** What is known when a step's turn comes: seqs by label, for what was answered `ok`, and who is who. */
export type Known = { readonly seq: (label: string) => number | undefined; readonly u: (who: number) => number };

/** One command of one person. It is left out when what it builds on was not answered. */
export type Step = {
  readonly label: string;
  readonly by: number;
  readonly to: Place;
  readonly make: (known: Known) => Request | undefined;
  /** Not a new command, but an earlier one once more, with the same body or with another. */
  readonly again?: { readonly label: string; readonly body: "same" | "other" };
};

/** People of the script, by index: ANN owns A, BEN owns B, DAN is removed from A. */
export const ANN = 0;
export const BEN = 1;
export const CAT = 2;
export const DAN = 3;
export const PEOPLE = 4;

const create = (label: string, by: number, to: Place): Step => ({
  label,
  by,
  to,
  make: () => ({
    m: "group.create",
    a: { name: `Group ${to}`, category: "study" },
    other: { name: `Other ${to}`, category: "study" },
  }),
});

const send = (label: string, by: number, to: Place): Step => ({
  label,
  by,
  to,
  make: () => ({
    m: "msg.send",
    a: { k: "text", b: { t: `says ${label}` } },
    other: { k: "text", b: { t: `says not ${label}` } },
  }),
});

const command = (label: string, by: number, to: Place, m: string, a: unknown, other: unknown): Step => ({
  label,
  by,
  to,
  make: () => ({ m, a, other }),
});

const join = (label: string, by: number, to: Place): Step =>
  command(label, by, to, "member.join", {}, { nick: "another" });

/** A command about an earlier message. */
const about = (label: string, by: number, to: Place, m: string, of: string, more: object = {}): Step => ({
  label,
  by,
  to,
  make: ({ seq }) => {
    const s = seq(of);
    return s === undefined ? undefined : { m, a: { s, ...more }, other: { s: s + 1, ...more } };
  },
});

const kick = (label: string, by: number, to: Place, whom: number): Step => ({
  label,
  by,
  to,
  make: ({ u }) => ({ m: "member.kick", a: { u: u(whom) }, other: { u: u(BEN) } }),
});

const again = (of: string, by: number, to: Place, body: "same" | "other"): Step => ({
  label: `${of} again`,
  by,
  to,
  make: () => undefined,
  again: { label: of, body },
});

const edited = (text: string) => ({ b: { t: text } });

/** Before the stop. The steps of a round are sent at once, by different people; the next waits for their answers. */
export const TALK: readonly (readonly Step[])[] = [
  [create("make A", ANN, "A"), create("make B", BEN, "B")],
  [send("a1", ANN, "A"), join("ben in A", BEN, "A"), join("cat in A", CAT, "A"), join("dan in A", DAN, "A")],
  [join("ann in B", ANN, "B"), send("b1", BEN, "B"), join("cat in B", CAT, "B"), send("a2", DAN, "A")],
  [send("b2", ANN, "B"), send("a3", BEN, "A"), send("a4", CAT, "A"), send("a5", DAN, "A")],
  [again("a1", ANN, "A", "same"), send("b3", BEN, "B"), again("a4", CAT, "A", "other"), send("a6", DAN, "A")],
  [
    about("edit a1", ANN, "A", "msg.edit", "a1", edited("a1 edited")),
    about("recall b3", BEN, "B", "msg.recall", "b3"),
    about("react b1", CAT, "B", "msg.react", "b1", { r: "👍", on: true }),
  ],
  [kick("kick dan", ANN, "A", DAN), send("b4", BEN, "B"), send("a7", CAT, "A"), send("a8", DAN, "A")],
  [about("pin a4", ANN, "A", "msg.pin", "a4"), send("a9", BEN, "A"), again("make A", ANN, "A", "same")],
  [
    again("a5", DAN, "A", "same"),
    send("b5", CAT, "B"),
    command("slow B", BEN, "B", "group.settings", { slowMs: 1 }, { slowMs: 2 }),
  ],
];

/** After the start that follows: what was answered before it counts as well. */
export const AGAIN: readonly (readonly Step[])[] = [
  [again("a1", ANN, "A", "same"), again("b1", BEN, "B", "other"), send("a10", CAT, "A")],
  [send("a11", ANN, "A"), send("b6", BEN, "B"), send("b7", CAT, "B")],
  [
    about("edit a11", ANN, "A", "msg.edit", "a11", edited("a11 edited")),
    about("recall b6", BEN, "B", "msg.recall", "b6"),
    about("edit b7", CAT, "B", "msg.edit", "b7", edited("b7 edited")),
  ],
  [join("dan in B", DAN, "B"), again("edit a11", ANN, "A", "same"), send("a12", BEN, "A"), send("a13", CAT, "A")],
  [kick("kick cat", ANN, "A", CAT), send("b8", BEN, "B"), send("b11", CAT, "B"), send("b9", DAN, "B")],
  [send("a14", ANN, "A"), again("b8", BEN, "B", "same"), again("a13", CAT, "A", "same"), send("b10", DAN, "B")],
];
