import type { Event, Operator } from "@guildhall/proto";
import type { Names } from "./names.ts";

/** Characters that would move the cursor, colour the terminal or turn the direction of what follows. */
const CONTROLS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
/** Later lines of a text stand below its first, so that none looks like another's. */
const INDENT = "\n              ";

type Body = {
  readonly t?: string;
  readonly u?: number;
  readonly s?: number;
  readonly nick?: string;
  readonly [key: string]: unknown;
};

/** People an event speaks of. */
export function peopleIn(event: Event): number[] {
  const { u, to, op } = bodyOf(event);
  return [event.u, event.by, u, to, operatorsOf(op).map(([one]) => one)]
    .flat()
    .filter((id): id is number => typeof id === "number" && id !== 0);
}

/** One event as a line: time, seq, and what happened. */
export function render(event: Event, names: Names): string {
  return `${clock(event.ts)} ${String(event.s).padStart(5)}  ${clean(what(event, names))}`;
}

/** One's own line before it has a seq. */
export function renderEcho(ts: number, kind: string, text: string, name: string): string {
  return `${clock(ts)}     …  ${clean(kind === "action" ? `* ${name} ${text}` : `${name}: ${text}`)}`;
}

function what(event: Event, names: Names): string {
  const name = speaker(event, names);
  const body = bodyOf(event);
  if (event.k === "text" || event.k === "action") return said(event, name, body);
  if (event.k === "announcement.publish")
    return `${name} announces: ${event.x === undefined ? announced(body) : "(withdrawn)"}`;
  return `- ${deed(event.k, body, name, body.u === undefined ? "" : names.of(body.u), names)}${event.why ? ` (${event.why})` : ""}`;
}

function said({ k, x, re }: Event, name: string, { t = "" }: Body): string {
  if (x !== undefined) return `${name}: (${x === 1 ? "taken back" : "deleted by a moderator"})`;
  const reply = re === undefined ? "" : `[to ${re}] `;
  return k === "action" ? `* ${name} ${reply}${t}` : `${name}: ${reply}${t}`;
}

/** What nobody can be called: the mark of the server, with who spoke where that is told. */
function speaker({ u, gr, by }: Event, names: Names): string {
  if (gr === undefined) return names.of(u);
  return by === undefined ? "[the group]" : `[the group, by ${names.of(by)}]`;
}

function deed(kind: string, body: Body, name: string, other: string, names: Names): string {
  const TEXTS: Readonly<Record<string, () => string>> = {
    "msg.edit": () => `${name} changed ${body.s}: ${textOf(body["b"])}`,
    "msg.recall": () => `${name} took back ${body.s}`,
    "msg.delete": () => `${name} deleted ${body.s}`,
    "msg.react": () => `${name} ${body["on"] === true ? "put" : "took back"} ${String(body["r"])} on ${body.s}`,
    "msg.pin": () => `${name} pinned ${body.s}`,
    "msg.unpin": () => `${name} unpinned ${body.s}`,
    "announcement.edit": () => `${name} changed announcement ${body.s}: ${announced(bodyIn(body["b"]))}`,
    "announcement.withdraw": () => `${name} withdrew announcement ${body.s}`,
    "member.join": () => `${other} joined`,
    "member.leave": () => `${other} left`,
    "member.kick": () => `${name} removed ${other}`,
    "member.ban": () => `${name} banned ${other}${until(body)}`,
    "member.unban": () => `${name} lifted the ban of ${other}`,
    "member.mute": () => `${name} muted ${other} until ${new Date(Number(body["until"])).toLocaleString()}`,
    "member.unmute": () => `${name} unmuted ${other}`,
    "member.nick": () => `#${body.u} is now called ${other}`,
    "role.create": () => `${name} made the role ${String(body["name"])} (${String(body["role"])})`,
    "role.edit": () => `${name} changed role ${String(body["role"])}`,
    "role.delete": () => `${name} deleted role ${String(body["role"])}`,
    "role.assign": () => `${name} gave ${other} role ${String(body["role"])}`,
    "role.take": () => `${name} took role ${String(body["role"])} from ${other}`,
    "group.create": () => `${name} created the group`,
    "group.edit": () => `${name} changed the group's profile`,
    "group.rename": () => `${name} named the group ${String(body["name"])}`,
    "profile.avatar": () => `${name} ${body["avatar"] === 0 ? "took away" : "changed"} the group's picture`,
    "profile.lock": () => `${name} ${body["on"] === true ? "locked" : "unlocked"} the group's profile`,
    "profile.rollback": () => `${name} put the group's profile back to version ${String(body["n"])}`,
    "group.settings": () => `${name} changed the settings: ${JSON.stringify(body)}`,
    "group.policy": () => `${name} chose the policy ${String(body["policy"])}`,
    "group.transfer": () => `${name} handed the group to ${names.of(Number(body["to"]))}`,
    "group.adopt": () => `${name} gave the group to ${String(body["name"])}`,
    "group.operators": () => `the operators of ${String(body["name"])} are now: ${operators(body, names)}`,
    "guardian.set": () => `${name} named guardians${from(body)}: ${guardians(body, names)}`,
    "recovery.open": () =>
      `${name} asks that the group goes to ${names.of(Number(body["to"]))}; ${String(body["need"])} guardians have to agree`,
    "recovery.approve": () => `${name} agrees to recovery ${body.s}${due(body)}`,
    "recovery.veto": () => `${name} ended recovery ${body.s}`,
    "recovery.finish": () => `${name} recovered the group for ${names.of(Number(body["to"]))}`,
    "group.state": () => `the operator of this installation has made the group ${String(body["state"])}`,
    "dissolution.announce": () => `${name} is going to dissolve the group${from({ at: body["due"] })}`,
    "dissolution.cancel": () => `${name} lets the group go on`,
    "appeal.write": () => `${name} appealed to the operator of this installation`,
    "appeal.answer": () =>
      `the operator of this installation ${body["granted"] === true ? "granted the appeal: the group is open" : "did not grant the appeal"}`,
    "group.dissolve": () => `${name} dissolved the group`,
  };
  const text = Object.hasOwn(TEXTS, kind) ? TEXTS[kind] : undefined;
  return text === undefined ? `${name}: ${kind}` : text();
}

function operators(body: Body, names: Names): string {
  return operatorsOf(body["op"])
    .map(([u, grade]) => `${names.of(u)} (${grade})`)
    .join(", ");
}

function operatorsOf(op: unknown): readonly Operator[] {
  return Array.isArray(op) ? (op as readonly Operator[]) : [];
}

function guardians(body: Body, names: Names): string {
  const people = Array.isArray(body.u) ? (body.u as number[]).map((u) => names.of(u)) : [];
  return people.length === 0 ? "nobody" : `${people.join(", ")}; ${String(body["need"])} are needed`;
}

function from(body: Body): string {
  return ` from ${new Date(Number(body["at"])).toLocaleString()} on`;
}

function due(body: Body): string {
  const ms = Number(body["due"]);
  return ms === 0 ? "" : `; it can be finished from ${new Date(ms).toLocaleString()} on`;
}

function until(body: Body): string {
  const ms = Number(body["until"]);
  return ms === 0 ? "" : ` until ${new Date(ms).toLocaleString()}`;
}

function announced(body: Body): string {
  return `${String(body["title"])}\n${body.t ?? ""}`;
}

function bodyOf(event: Event): Body {
  return bodyIn(event.b);
}

function bodyIn(value: unknown): Body {
  return typeof value === "object" && value !== null ? (value as Body) : {};
}

function textOf(body: unknown): string {
  return typeof body === "object" && body !== null && "t" in body && typeof body.t === "string" ? body.t : "";
}

/** Other people's text must not command the terminal. */
export function clean(text: string): string {
  return text.replace(CONTROLS, (control) => (control === "\n" ? INDENT : control === "\t" ? " " : "�"));
}

function clock(ts: number): string {
  const time = new Date(ts);
  return `${String(time.getHours()).padStart(2, "0")}:${String(time.getMinutes()).padStart(2, "0")}`;
}
