import { toBase64Url } from "@guildhall/kernel";
import { LIMITS } from "@guildhall/proto/tables";
import type { Table } from "@guildhall/store";
import { memoryEntity } from "@guildhall/testkit/memory-entity";
import { expect, test } from "vitest";
import { OWNER, openGroup } from "../../test/group-bench.ts";
import { renameGroup } from "../lifecycle/rename-group.ts";
import { GROUPS } from "../lifecycle/tables.ts";
import { MEMBERS } from "../membership/tables.ts";
import { GROUP_ROLES } from "../role/tables.ts";
import { imageOf } from "./image.ts";
import { setAvatar } from "./set-avatar.ts";
import { PROFILE_VERSIONS } from "./tables.ts";

const png = (width: number, height: number) => {
  const bytes = new Uint8Array(24);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  return bytes;
};
/** An application segment, then one of Huffman tables, then the frame. */
const JPEG = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 3, 7, 0xff, 0xc2, 0, 11, 8, 0, 30, 0, 40, 3];

test.each([
  ["a PNG", png(20, 10), { type: "image/png", width: 20, height: 10 }],
  ["a JPEG", new Uint8Array(JPEG), { type: "image/jpeg", width: 40, height: 30 }],
  ["a JPEG that ends before its frame", new Uint8Array(JPEG.slice(0, 15)), undefined],
  ["a JPEG that is all one byte", new Uint8Array(200).fill(0xff), undefined],
  ["half a PNG", png(1, 1).slice(0, 20), undefined],
  ["nothing", new Uint8Array(0), undefined],
])("%s says of itself what it is", (_, bytes, image) => {
  expect(imageOf(bytes)).toEqual(image);
});

test.each([
  [LIMITS.avatarMaxPixels + 1, 1],
  [1, LIMITS.avatarMaxPixels + 1],
  [0, 1],
])("a picture of %i by %i pixels is refused", (width, height) => {
  const group = openGroup();
  const data = toBase64Url(png(width, height));

  expect(() => group.run(setAvatar, { data }, OWNER)).toThrow(expect.objectContaining({ code: "BAD_ARGS" }));
  expect(() => group.run(setAvatar, { data: "no base64url!" }, OWNER)).toThrow(
    expect.objectContaining({ code: "BAD_ARGS" }),
  );
});

test("a group from before versions were kept keeps what it was called", () => {
  const [made, group] = [openGroup(), memoryEntity(500)];
  const row = made.get(GROUPS, 500);
  if (row === undefined) throw new Error("no group");
  const copy = <Row extends object>(table: Table<Row>) => {
    for (const one of made.all(table)) group.put(table, one);
  };
  copy(GROUPS);
  copy(GROUP_ROLES);
  copy(MEMBERS);

  group.run(renameGroup, { name: "Go" }, OWNER);

  expect(group.all(PROFILE_VERSIONS)).toMatchObject([
    { n: 1, by: 0, owner: false, name: row.name, at: row.at },
    { n: 2, by: OWNER, owner: true, name: "Go" },
  ]);
});
