import { LIMITS } from "@guildhall/proto/tables";
import type { MemoryEntity } from "@guildhall/testkit/memory-entity";
import { expect, test } from "vitest";
import { ADMIN, ANN, BOB, MODERATOR, OWNER, openGroup, STRANGER } from "../../test/group-bench.ts";
import { joinGroup } from "../membership/join-group.ts";
import { sendMessage } from "../message/send-message.ts";
import { changeSettings } from "./change-settings.ts";
import { getGroup } from "./get-group.ts";

const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });
const say = (group: MemoryEntity, u: number) => group.run(sendMessage, { k: "text", b: { t: "hi" } }, u);

test("what is named changes, what is not stays, and the event has what changed", async () => {
  const group = openGroup();

  group.run(changeSettings, { slowMs: 5_000, membersMax: 9, muteAll: false }, OWNER);
  expect(group.events.at(-1)).toMatchObject({ k: "group.settings", b: { slowMs: 5_000, membersMax: 9 }, pp: -1 });
  group.run(changeSettings, { muteAll: true, slowMs: 5_000 }, ADMIN);
  expect(group.events.at(-1)).toMatchObject({ b: { muteAll: true }, pv: group.events.length });

  const view = await group.ask(getGroup, { g: 500 });
  expect(view).toMatchObject({ muteAll: true, slowMs: 5_000, membersMax: 9, name: "Chess" });
  expect(() => group.run(changeSettings, { muteAll: true }, OWNER)).toThrow(refused("ALREADY"));
  expect(() => group.run(changeSettings, {}, OWNER)).toThrow(refused("ALREADY"));
});

test("refuses who has not the bit; the cap needs another and a password given lately", () => {
  const group = openGroup();
  const authMs = group.nowMs - LIMITS.dangerousSignInMaxMs - 1;
  const bit = (name: string) => refused("FORBIDDEN", { d: { bit: name } });

  expect(() => group.run(changeSettings, { slowMs: 1 }, MODERATOR)).toThrow(bit("SET_SLOW_MODE"));
  expect(() => group.run(changeSettings, { slowMs: 1, membersMax: 9 }, ADMIN)).toThrow(bit("EDIT_SETTINGS"));
  expect(() => group.run(changeSettings, { membersMax: 9 }, OWNER, { authMs })).toThrow(refused("STEP_UP_REQUIRED"));
  group.run(changeSettings, { slowMs: 1 }, OWNER, { authMs });
  expect(() => group.run(changeSettings, { slowMs: 2 }, STRANGER)).toThrow(refused("NOT_MEMBER"));
});

test("while all are muted only who ranks high or need not be slow may write", () => {
  const group = openGroup();

  group.run(changeSettings, { muteAll: true }, ADMIN);

  expect(() => say(group, ANN)).toThrow(refused("MUTED", { d: { until: 0 } }));
  expect(() => say(group, MODERATOR)).toThrow(refused("MUTED", { d: { until: 0 } }));
  say(group, ADMIN);
  say(group, OWNER);
  group.run(changeSettings, { muteAll: false }, ADMIN);
  say(group, ANN);
});

test("in slow mode each waits for their own turn, to the millisecond, and some do not", () => {
  const group = openGroup();
  group.run(changeSettings, { slowMs: 10_000 }, ADMIN);

  say(group, ANN);
  const saidAt = group.events.at(-1)?.at ?? 0;
  say(group, BOB);
  for (const u of [ADMIN, ADMIN, OWNER, OWNER]) say(group, u);
  group.nowMs = saidAt + 4_000;
  expect(() => say(group, ANN)).toThrow(refused("SLOW_MODE", { retryAfterMs: 6_000 }));

  group.run(changeSettings, { slowMs: 8_000 }, ADMIN);
  group.nowMs = saidAt + 7_999;
  expect(() => say(group, ANN)).toThrow(refused("SLOW_MODE", { retryAfterMs: 1 }));
  group.nowMs = saidAt + 8_000;
  say(group, ANN);
  group.run(changeSettings, { slowMs: 0 }, ADMIN);
  say(group, ANN);
});

test("a cap keeps people out, removes nobody, and 0 lifts it", () => {
  const group = openGroup();

  group.run(changeSettings, { membersMax: 3 }, OWNER);
  expect(() => group.run(joinGroup, {}, STRANGER)).toThrow(refused("GROUP_FULL"));
  say(group, ANN);
  group.run(changeSettings, { membersMax: 6 }, OWNER);
  group.run(joinGroup, {}, STRANGER);
  expect(() => group.run(joinGroup, {}, STRANGER + 1)).toThrow(refused("GROUP_FULL"));
  group.run(changeSettings, { membersMax: 0 }, OWNER);
  group.run(joinGroup, {}, STRANGER + 1);
});
