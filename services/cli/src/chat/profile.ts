import { readFile } from "node:fs/promises";
import { Failure } from "../command.ts";
import { clean } from "./render.ts";
import type { Room } from "./slash.ts";

/** The newest versions of name, picture and intro, with who made them. */
export async function profileVersions({ group, names, print }: Room): Promise<void> {
  const { versions } = await group.profile.versions();
  await names.know(versions.map(({ by }) => by).filter((by) => by !== 0));
  for (const { n, at, by, owner, roles, name, intro, avatar, back, why } of versions) {
    const who = by === 0 ? "before versions were kept" : `${names.of(by)}${office(owner, roles)}`;
    const picture = avatar === 0 ? "no picture" : `picture of version ${avatar}`;
    print(`${n}  ${new Date(at).toLocaleString()}  ${who}${back === 0 ? "" : `, back to ${back}`}`);
    print(`   ${clean(name)}; ${picture}; ${clean(intro)}${why === "" ? "" : ` (${clean(why)})`}`);
  }
}

function office(owner: boolean, roles: readonly number[]): string {
  if (owner) return ", the owner";
  return roles.length === 0 ? "" : `, roles ${roles.join(", ")}`;
}

/** The picture in a file, or none. @throws Failure for a file that cannot be read. */
export async function avatar({ group }: Room, path: string): Promise<void> {
  const picture =
    path === "none"
      ? null
      : await readFile(path).catch(() => {
          throw new Failure(`cannot read ${path}`);
        });
  await group.profile.setAvatar(picture);
}
