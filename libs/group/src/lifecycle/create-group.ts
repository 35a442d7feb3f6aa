import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { SEED_ROLES } from "@guildhall/model";
import type { CreateArgs, LifecycleEvents } from "@guildhall/proto";
import { DEFAULT_POLICY } from "@guildhall/proto/tables";
import { onlyOffered } from "../decide.ts";
import { MEMBERS } from "../membership/tables.ts";
import { nameOf, tagsOf } from "../names.ts";
import { keepFirstVersion } from "../profile/versions.ts";
import { GROUP_ROLES, ROLE_HOLDERS } from "../role/tables.ts";
import { GROUPS, type GroupRow } from "./tables.ts";
import { groupViewOf } from "./view.ts";

/**
 * `group.create`: the group, its first roles and the actor as owner, or as member where it is an account's. Name and tags are kept without white
 * space at their ends, the intro as sent. Answers with the GroupView.
 * @throws AppError `CONFLICT` when the id is taken; `BAD_ARGS` for a name or tag that cannot be one.
 */
export const createGroup: Handler<CreateArgs> = {
  reads: (_, ctx) => [rowKey(GROUPS, ctx.g)],
  run(tx, args, ctx) {
    onlyOffered(ctx);
    if (ctx.actor === 0) throw new AppError("UNAUTHENTICATED", "a group needs an owner");
    if (tx.get(GROUPS, ctx.g) !== undefined) throw new AppError("CONFLICT", "group exists");
    const { g, actor } = ctx;
    const { number, category, policy = DEFAULT_POLICY, account = null } = args;
    const owner = account?.a ?? actor;
    const name = nameOf(args.name, "/name");
    const tags = tagsOf(args.tags ?? []);
    const body: LifecycleEvents["group.create"] = { name, category, number, policy };
    const { seq, atMs: at } = tx.emit({ kind: "group.create", body, permission: true });
    const group: GroupRow = {
      g,
      number,
      owner,
      name,
      category,
      tags,
      intro: args.intro ?? "",
      state: "active",
      muteAll: false,
      slowMs: 0,
      membersMax: 0,
      attribution: "admins",
      members: 1,
      at,
      policy: { name: policy, s: seq },
      official: false,
      avatar: 0,
      locked: false,
      ownerHolds: null,
      authFrom: 0,
      dissolveAt: 0,
      account,
    };
    tx.put(GROUPS, group);
    keepFirstVersion(tx, group, { s: seq, at, by: owner });
    tx.put(GROUP_ROLES, { g, list: SEED_ROLES, next: Math.max(...SEED_ROLES.map((role) => role.id)) + 1 });
    tx.put(ROLE_HOLDERS, { g, list: [] });
    tx.put(MEMBERS, { g, u: actor, state: "in", nick: "", roles: [], mute: 0, at, seq, holds: null });
    return groupViewOf(group);
  },
};
