import { ACCOUNT_FEATURES } from "@guildhall/account";
import type { Feature } from "@guildhall/entity";
import { GROUP_FEATURES } from "@guildhall/group";
import { PERSON_FEATURES } from "@guildhall/person";
import type { Table } from "@guildhall/store";
import { TIMELINE, TIMELINE_BUCKETS } from "@guildhall/timeline";
import { JOURNAL_CHECKPOINT } from "./checkpoint.ts";

/** What the owners can do. */
export const FEATURES: readonly Feature[] = [...GROUP_FEATURES, ...PERSON_FEATURES, ...ACCOUNT_FEATURES];

/** Every table of an installation. */
export const TABLES: readonly Table<never>[] = [
  ...FEATURES.flatMap(({ tables }) => tables),
  ...([TIMELINE, TIMELINE_BUCKETS, JOURNAL_CHECKPOINT] as unknown as Table<never>[]),
];
