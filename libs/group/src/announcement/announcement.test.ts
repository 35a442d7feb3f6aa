import { LIMITS } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import { ADMIN, OWNER, openGroup } from "../../test/group-bench.ts";
import { muteMember } from "../membership/mute-member.ts";
import { editAnnouncement } from "./edit-announcement.ts";
import { publishAnnouncement } from "./publish-announcement.ts";
import { ANNOUNCEMENT_TEXTS, ANNOUNCEMENTS } from "./tables.ts";

const refused = (code: string, d?: unknown) => expect.objectContaining({ code, ...(d === undefined ? {} : { d }) });
const body = (t: string) => ({ title: " Hours ", t });

test("a day's announcements, of all who publish; a day after the first there is room for one", () => {
  const group = openGroup();
  const first = group.nowMs;
  for (let n = 0; n < LIMITS.announcementsPerDay; n++) {
    group.nowMs = first + n * 60_000;
    group.run(publishAnnouncement, { b: body(`${n}`) }, n % 2 === 0 ? OWNER : ADMIN);
  }

  const full = refused("SLOW_MODE", { scope: "announcements" });
  expect(() => group.run(publishAnnouncement, { b: body("more") }, OWNER)).toThrow(full);
  group.nowMs = first + 86_400_000 + 30_000;
  group.run(publishAnnouncement, { b: body("more") }, OWNER);
  expect(() => group.run(publishAnnouncement, { b: body("more") }, OWNER)).toThrow(full);
});

test("the last version is kept, the next refused; each is a row of its own", () => {
  const group = openGroup();
  group.run(publishAnnouncement, { b: body("1") }, ADMIN);
  const s = group.events.length;
  for (let n = 2; n <= LIMITS.announcementVersionsMax; n++) group.run(editAnnouncement, { s, b: body(`${n}`) }, ADMIN);

  expect(() => group.run(editAnnouncement, { s, b: body("more") }, ADMIN)).toThrow(refused("QUOTA"));
  expect(group.get(ANNOUNCEMENTS, 500, s)?.versions).toHaveLength(LIMITS.announcementVersionsMax);
  expect(group.all(ANNOUNCEMENT_TEXTS).map(({ n, title, t }) => [n, title, t])).toEqual(
    Array.from({ length: LIMITS.announcementVersionsMax }, (_, n) => [n + 1, "Hours", `${n + 1}`]),
  );
});

test("who is muted announces nothing", () => {
  const group = openGroup();
  group.run(muteMember, { u: ADMIN, until: group.nowMs + 60_000 }, OWNER);

  expect(() => group.run(publishAnnouncement, { b: body("1") }, ADMIN)).toThrow(refused("MUTED"));
});
