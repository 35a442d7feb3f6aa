import { LIMITS } from "@guildhall/proto/tables";
import { TIMELINE, type TimelineRow } from "@guildhall/timeline";
import { expect, test } from "vitest";
import { ADMIN, ANN, BOB, MODERATOR, OWNER, openGroup } from "../../test/group-bench.ts";
import { changeSettings } from "../lifecycle/change-settings.ts";
import { muteMember } from "../membership/mute-member.ts";
import { deleteMessage } from "../message/delete-message.ts";
import { editMessage } from "../message/edit-message.ts";
import { recallMessage } from "../message/recall-message.ts";
import { sendMessage } from "../message/send-message.ts";
import { listPins } from "../pin/list-pins.ts";
import { pinMessage } from "../pin/pin-message.ts";
import { assignRole } from "../role/assign-role.ts";
import { createRole } from "../role/create-role.ts";
import { editRole } from "../role/edit-role.ts";
import { GROUP_ROLES } from "../role/tables.ts";
import { OFFICIAL_POSTS } from "./tables.ts";

const AS_GROUP = { as: 1 } as const;
const refused = (code: string, d?: unknown) => expect.objectContaining({ code, d });
const text = (t: string) => ({ k: "text", b: { t } }) as const;

/** A group in which ANN and ADMIN may speak for it, and what is said. */
function speakingGroup() {
  const group = openGroup();
  group.run(createRole, { name: "Spokesperson", rank: 400, p: [2 ** 27, 0] }, OWNER);
  const role = group.get(GROUP_ROLES, 500)?.list.at(-1)?.id ?? 0;
  for (const u of [ANN, ADMIN]) group.run(assignRole, { u, role }, OWNER);
  const say = (u = ANN, t = "hello") => {
    group.run(sendMessage, text(t), u, { ...AS_GROUP, device: "phone" });
    return group.events.length;
  };
  const rowAt = (s: number): TimelineRow | undefined => group.get(TIMELINE, 500, 0, 0, s);
  return { group, role, say, rowAt };
}

test("the person and the device stay with what was said, through edit and recall by another", () => {
  const { group, say, rowAt } = speakingGroup();
  const s = say();

  group.run(editMessage, { s, b: { t: "changed" } }, ADMIN, AS_GROUP);
  expect(group.events.at(-1)).toMatchObject({ k: "msg.edit", u: ADMIN, as: 1 });
  expect(rowAt(s)).toMatchObject({ u: ANN, dev: "phone", as: 1, b: { t: "changed" } });
  group.run(recallMessage, { s }, OWNER, AS_GROUP);

  expect(group.events.at(-1)).toMatchObject({ k: "msg.recall", u: OWNER, as: 1 });
  expect(rowAt(s)).toMatchObject({ u: ANN, dev: "phone", as: 1, b: {}, x: 1 });
});

test("whoever spoke for the group has no right to it in their own name, and the group none to what is theirs", () => {
  const { group, say } = speakingGroup();
  const s = say();
  group.run(sendMessage, text("mine"), ANN);
  const own = group.events.length;

  expect(() => group.run(editMessage, { s, b: { t: "x" } }, ANN)).toThrow(refused("FORBIDDEN"));
  expect(() => group.run(recallMessage, { s }, ANN)).toThrow(refused("FORBIDDEN"));
  expect(() => group.run(recallMessage, { s: own }, ANN, AS_GROUP)).toThrow(refused("FORBIDDEN"));
});

test("the window closes for the group as for everybody, and then a rank of 800 may delete", () => {
  const { group, say } = speakingGroup();
  const s = say();
  group.nowMs += LIMITS.recallWindowMs + LIMITS.recallGraceMs + 60_000;

  const closed = expect.objectContaining({ code: "WINDOW_CLOSED" });
  expect(() => group.run(recallMessage, { s }, ANN, AS_GROUP)).toThrow(closed);
  expect(() => group.run(deleteMessage, { s }, MODERATOR)).toThrow(refused("RANK"));
  group.run(deleteMessage, { s }, ADMIN);
});

test("the bit stands in for that of one's own voice, needs a fresh sign-in, and is lost while muted", () => {
  const { group, role } = speakingGroup();
  const member = group.get(GROUP_ROLES, 500)?.list.find(({ id }) => id === 1);
  const quiet: [number, number] = [(member?.lo ?? 0) & ~(1 << 3), member?.hi ?? 0];
  group.run(editRole, { role: 1, p: quiet }, OWNER);

  expect(() => group.run(sendMessage, text("mine"), ANN)).toThrow(refused("FORBIDDEN", { bit: "SEND_MESSAGE" }));
  group.run(sendMessage, text("ours"), ANN, AS_GROUP);
  const old = { ...AS_GROUP, authMs: group.nowMs - LIMITS.dangerousSignInMaxMs - 1_000 };
  const stale = expect.objectContaining({ code: "STEP_UP_REQUIRED" });
  expect(() => group.run(sendMessage, text("ours"), ANN, old)).toThrow(stale);
  expect(() => group.run(sendMessage, text("ours"), BOB, AS_GROUP)).toThrow(
    refused("FORBIDDEN", { bit: "SPEAK_AS_GROUP" }),
  );
  group.run(muteMember, { u: ANN, until: group.nowMs + 60_000 }, OWNER);
  expect(() => group.run(sendMessage, text("ours"), ANN, AS_GROUP)).toThrow(expect.objectContaining({ code: "MUTED" }));
  expect(role).toBeGreaterThan(0);
});

test("ten posts in a minute, of all who speak together; a minute later there is room for one", () => {
  const { group, say } = speakingGroup();
  const first = group.nowMs;
  for (let n = 0; n < LIMITS.officialPostsPerMinute; n++) {
    group.nowMs = first + n * 1_000;
    say(n % 2 === 0 ? ANN : ADMIN);
  }

  const full = expect.objectContaining({ code: "SLOW_MODE", d: { scope: "group" }, retryAfterMs: expect.any(Number) });
  expect(() => say()).toThrow(full);
  group.run(sendMessage, text("in my own name"), ANN);
  group.nowMs = first + 60_500;
  say();
  expect(() => say()).toThrow(full);
  expect(group.get(OFFICIAL_POSTS, 500)?.ats).toHaveLength(LIMITS.officialPostsPerMinute);
});

test("slow mode is for one's own voice", () => {
  const { group, say } = speakingGroup();
  group.run(changeSettings, { slowMs: 60_000 }, OWNER);

  say();
  say();
});

test("who speaks is named to all from the setting on, and what was said before stays as it was", async () => {
  const { group, say, rowAt } = speakingGroup();
  const hidden = say();
  expect(() => group.run(changeSettings, { attribution: "public" }, ADMIN)).toThrow(
    refused("FORBIDDEN", { bit: "EDIT_SETTINGS" }),
  );

  group.run(changeSettings, { attribution: "public" }, OWNER);
  expect(group.events.at(-1)).toMatchObject({ k: "group.settings", b: { attribution: "public" }, pp: -1 });
  const named = say();
  for (const s of [hidden, named]) group.run(pinMessage, { s }, ADMIN, AS_GROUP);

  expect([rowAt(hidden)?.as, rowAt(named)?.as]).toEqual([1, 2]);
  expect(await group.ask(listPins, { g: 500 }, BOB)).toMatchObject({
    pins: [
      { by: ADMIN, gr: 2 },
      { by: ADMIN, gr: 2 },
    ],
  });
  expect(() => group.run(changeSettings, { attribution: "public" }, OWNER)).toThrow(refused("ALREADY"));
});

test("who pinned as the group is shown to those who may read the acts of power", async () => {
  const { group, say } = speakingGroup();
  group.run(pinMessage, { s: say() }, ADMIN, AS_GROUP);

  expect(await group.ask(listPins, { g: 500 }, BOB)).toMatchObject({ pins: [{ by: 0, gr: 1 }] });
  expect(await group.ask(listPins, { g: 500 }, OWNER)).toMatchObject({ pins: [{ by: ADMIN, gr: 1 }] });
});
