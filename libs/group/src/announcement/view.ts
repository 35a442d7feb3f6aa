import type { AnnouncementStep, AnnouncementView } from "@guildhall/proto";
import type { AnnouncementRow, Step } from "./tables.ts";

/** `sees`: whether for somebody who may see who speaks as the group. */
export function announcementViewOf({ s, title, versions, gone }: AnnouncementRow, sees: boolean): AnnouncementView {
  const [first] = versions;
  const last = versions.at(-1);
  if (first === undefined || last === undefined) throw new Error("an announcement has a version");
  return {
    s,
    title: gone === null ? title : "",
    n: versions.length,
    ...stepViewOf(first, sees),
    ...(last === first ? {} : { edited: stepViewOf(last, sees) }),
    ...(gone === null ? {} : { gone: stepViewOf(gone, sees) }),
  };
}

export function stepViewOf({ u, at, as }: Step, sees: boolean): AnnouncementStep {
  const by = as === 1 && !sees ? 0 : u;
  return as === 0 ? { by, at } : { by, at, gr: as === 2 ? 2 : 1 };
}
