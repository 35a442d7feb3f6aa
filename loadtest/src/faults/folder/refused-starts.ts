import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Checked, type Room, refusal } from "./room.ts";

async function used({ data, start }: Room): Promise<void> {
  await using server = await start(data);
  await server.end("SIGTERM");
}

export async function unknownFormat(room: Room): Promise<Checked> {
  await used(room);
  await writeFile(join(room.data, "installation.json"), JSON.stringify({ format: 1_000, partitions: 2 }));
  return { acknowledged: 0, violations: await refusal(room.start(room.data), /have format 1000; this version reads/) };
}

export async function wrongPartitions(room: Room): Promise<Checked> {
  await used(room);
  const starting = room.start(room.data, { PARTITIONS: "4" });
  return { acknowledged: 0, violations: await refusal(starting, /made with PARTITIONS=2/) };
}

/** Data whose format nobody knows must not be taken for new ones. */
export async function otherFolder(room: Room): Promise<Checked> {
  await used(room);
  await rm(join(room.data, "installation.json"));
  return { acknowledged: 0, violations: await refusal(room.start(room.data), /lack installation\.json/) };
}
