import { AppError } from "@guildhall/kernel";
import { expect, test } from "vitest";
import { allRowsContract } from "./all-rows.contract.ts";
import { memoryStore } from "./memory.ts";
import { CONTRACT_TABLES, storeContract } from "./store.contract.ts";

storeContract("memory", async () => memoryStore(CONTRACT_TABLES));
allRowsContract("memory", async () => memoryStore(CONTRACT_TABLES));

test("what a hook throws, the call throws, and a failed write leaves nothing", async () => {
  let down = true;
  const store = memoryStore(CONTRACT_TABLES, {
    before: (call) => {
      if (down && call === "write") throw new AppError("UNAVAILABLE");
    },
  });
  const writes = [{ table: "single", key: [1], row: { value: 1 }, timestamp: 1 }];

  await expect(store.write(writes)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  const table = { name: "single", partition: [], clustering: [], columns: {} };
  expect(await store.get(table, [1])).toBeUndefined();
  down = false;
  await store.write(writes);
  expect(await store.get(table, [1])).toMatchObject({ value: 1 });
});

test("two tables of one name are refused", () => {
  const table = { name: "twice", partition: ["id"], clustering: [], columns: { id: "int" } } as const;
  expect(() => memoryStore([table, table])).toThrow("declared twice");
});

test("a key column that is no int or text is refused", () => {
  const table = { name: "odd", partition: ["id"], clustering: [], columns: { id: "json" } } as const;
  expect(() => memoryStore([table])).toThrow("key column id must be int or text");
});
