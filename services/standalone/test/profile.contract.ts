import { type Client, signUp } from "@guildhall/client";
import { LIMITS } from "@guildhall/proto/tables";
import { until } from "@guildhall/testkit";
import { expect, test } from "vitest";
import { type Bench, record, type StartBench } from "./bench.ts";
import { PICTURE } from "./picture.ts";

const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });
/** EDIT_PROFILE, and with it VIEW_AUDIT_LOG. */
const EDITOR: [number, number] = [0, 2 ** 8 + 2 ** 15];

/** What every composition must do: name, picture and intro are kept in versions, locked and put back. */
export function profileContract(startBench: StartBench): void {
  async function newGroup(policy: "group_account" | "qq" = "group_account") {
    const bench = await startBench();
    const owner = await withPassword(bench, "owner");
    const editor = await withPassword(bench, "editor");
    const { g } = await owner.createGroup({ name: "Book club", category: "interest", intro: "We read.", policy });
    const [person] = await bench.people(1);
    if (person === undefined) throw new Error("nobody");
    const bob = await bench.client(person, { encoding: "json" });
    for (const one of [editor, bob]) await one.group(g).join();
    await owner.group(g).createRole({ name: "Editor", rank: 850, p: EDITOR });
    const role = (await owner.group(g).roles()).find(({ name }) => name === "Editor")?.id ?? 0;
    await owner.group(g).assignRole(editor.me, role);
    return { bench, g, owner, editor, bob, role };
  }

  test("S33: every version of name, picture and intro is kept, with who made it under which role, and is put back", async () => {
    const { bench, g, owner, editor, bob, role } = await newGroup();
    await editor.group(g).rename("Film club");
    await editor.group(g).profile.setAvatar(PICTURE, "a new face");
    await owner.group(g).editProfile({ intro: "We watch." });
    await owner.group(g).editProfile({ tags: ["film"] });
    await editor.group(g).profile.rollBack(1, "we read after all");

    await bench.restart();

    const first = { name: "Book club", intro: "We read.", avatar: 0 };
    expect(await bob.group(g).get()).toMatchObject({ ...first, tags: ["film"], locked: false });
    const hers = { by: owner.me, owner: true, roles: [] };
    const his = { by: editor.me, owner: false, roles: [role] };
    expect((await editor.group(g).profile.versions()).versions).toMatchObject([
      { n: 5, ...his, ...first, back: 1, why: "we read after all" },
      { n: 4, ...hers, name: "Film club", intro: "We watch.", avatar: 3, back: 0 },
      { n: 3, ...his, name: "Film club", intro: "We read.", avatar: 3, why: "a new face" },
      { n: 2, ...his, name: "Film club", intro: "We read.", avatar: 0 },
      { n: 1, ...hers, s: 1, ...first },
    ]);
    const page = await owner.group(g).profile.versions({ before: 4, lim: 2 });
    expect(page).toMatchObject({ versions: [{ n: 3 }, { n: 2 }], more: true });
    await expect(bob.group(g).profile.versions()).rejects.toEqual(refused("FORBIDDEN"));
    await expect(owner.group(g).profile.rollBack(1)).rejects.toEqual(refused("ALREADY"));
    await expect(owner.group(g).profile.rollBack(99)).rejects.toEqual(refused("NOT_FOUND"));
    const { acts } = await owner.group(g).audit({ m: "profile.rollback" });
    expect(acts[0]).toMatchObject({
      u: editor.me,
      roles: [role],
      before: { groups: { name: "Film club", avatar: 3 } },
      after: { groups: { name: "Book club", avatar: 0 } },
    });
  });

  test("S33: a locked profile is the owner's alone, also where the policy lets administrators rename", async () => {
    const { bench, g, owner, editor, role } = await newGroup("qq");
    await editor.group(g).rename("Film club");
    await expect(editor.group(g).profile.lock(true)).rejects.toEqual(refused("FORBIDDEN", { d: { owner: true } }));
    await owner.group(g).profile.lock(true);

    const owners = refused("FORBIDDEN", { d: { owner: true } });
    await expect(editor.group(g).rename("Game club")).rejects.toEqual(owners);
    await expect(editor.group(g).editProfile({ name: "Game club" })).rejects.toEqual(owners);
    await expect(editor.group(g).editProfile({ intro: "We play." })).rejects.toEqual(owners);
    await expect(editor.group(g).profile.setAvatar(PICTURE)).rejects.toEqual(owners);
    await expect(editor.group(g).profile.rollBack(1)).rejects.toEqual(owners);
    await editor.group(g).editProfile({ tags: ["film"] });
    const { acts } = await owner.group(g).audit({ m: "group.rename" });
    expect(acts).toMatchObject([
      { u: editor.me, roles: [role], refused: "" },
      { u: editor.me, roles: [role], refused: "FORBIDDEN" },
    ]);
    await bench.restart();
    await owner.group(g).rename("Our club");
    await expect(owner.group(g).profile.lock(true)).rejects.toEqual(refused("ALREADY"));
    await owner.group(g).profile.lock(false);
    await editor.group(g).rename("Game club");
  });

  test("S08: the picture of a group is set by who may, told, and seen by anybody; what is none is refused", async () => {
    const { g, owner, editor, bob } = await newGroup();
    const seen = record(bob, g);
    await bob.group(g).subscribe();

    await expect(bob.group(g).profile.setAvatar(PICTURE)).rejects.toEqual(refused("FORBIDDEN"));
    await expect(editor.group(g).profile.setAvatar(new Uint8Array(100))).rejects.toEqual(refused("BAD_ARGS"));
    await expect(editor.group(g).profile.setAvatar(new Uint8Array(LIMITS.avatarMaxBytes + 1))).rejects.toEqual(
      refused("TOO_LARGE"),
    );
    await expect(editor.group(g).profile.setAvatar(null)).rejects.toEqual(refused("ALREADY"));
    await editor.group(g).profile.setAvatar(PICTURE);

    await until(() => seen.at(-1)?.kind === "profile.avatar");
    expect(seen.at(-1)).toMatchObject({ body: { avatar: 2 } });
    expect(await bob.group(g).get()).toMatchObject({ avatar: 2 });
    expect(await bob.group(g).profile.avatar(2)).toEqual({ type: "image/png", bytes: new Uint8Array(PICTURE) });
    await expect(bob.group(g).profile.avatar(1)).rejects.toEqual(refused("NOT_FOUND"));
    await owner.group(g).profile.setAvatar(null);
    expect(await bob.group(g).get()).toMatchObject({ avatar: 0 });
    const { acts } = await owner.group(g).audit({ m: "profile.avatar" });
    expect(acts.at(-1)).toMatchObject({ u: owner.me, refused: "" });
    expect(JSON.stringify(acts)).not.toContain(Buffer.from(PICTURE).toString("base64url"));
  });

  test("S33: twenty changes a day; a change of tags is none", async () => {
    const { g, owner } = await newGroup();
    for (let n = 0; n < LIMITS.profileChangesPerDay; n++) await owner.group(g).editProfile({ intro: `Change ${n}` });

    const full = refused("SLOW_MODE", { d: { scope: "profile" } });
    await expect(owner.group(g).rename("One more")).rejects.toEqual(full);
    await owner.group(g).editProfile({ tags: ["more"] });
  });
}

async function withPassword(bench: Bench, word: string): Promise<Client> {
  return bench.client(await signUp(bench.server.http, { name: bench.name(word), password: "correct horse battery" }));
}
