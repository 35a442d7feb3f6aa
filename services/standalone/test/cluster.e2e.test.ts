import { until } from "@guildhall/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { accountsContract } from "./accounts.contract.ts";
import { announcementsContract } from "./announcements.contract.ts";
import { type Bench, record } from "./bench.ts";
import { CLUSTER_NEEDS, clusterCommand, startCluster, type TestCluster } from "./cluster.ts";
import { devicesContract } from "./devices.contract.ts";
import { entitlementsContract } from "./entitlements.contract.ts";
import { eventsContract } from "./events.contract.ts";
import { explainContract } from "./explain.contract.ts";
import { featuresContract } from "./features.contract.ts";
import { groupContract } from "./group.contract.ts";
import { liveContract } from "./live.contract.ts";
import { policiesContract } from "./policies.contract.ts";
import { profileContract } from "./profile.contract.ts";
import { replayContract } from "./replay.contract.ts";
import { statesContract } from "./states.contract.ts";
import { templatesContract } from "./templates.contract.ts";
import { voiceContract } from "./voice.contract.ts";

/** Starting processes anew takes its time. */
vi.setConfig({ testTimeout: 120_000 });

const missing = CLUSTER_NEEDS.some((name) => (process.env[name] ?? "") === "");

describe.skipIf(missing)(`on a cluster (needs ${CLUSTER_NEEDS.join(", ")})`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  }, 300_000);
  afterAll(() => cluster[Symbol.asyncDispose](), 120_000);

  const bench = async (): Promise<Bench> => cluster.bench();
  groupContract(bench);
  featuresContract(bench);
  voiceContract(bench);
  announcementsContract(bench);
  entitlementsContract(bench);
  profileContract(bench);
  eventsContract(bench);
  liveContract(bench);
  devicesContract(bench);
  policiesContract(bench);
  accountsContract(bench);
  explainContract(bench);
  statesContract(bench);
  templatesContract(bench);
  replayContract(bench);

  test("gateways and fanouts come and go while people talk: nothing is lost, doubled or out of order", {
    timeout: 300_000,
  }, async () => {
    const { people, client } = cluster.bench();
    const clients = await Promise.all((await people(4)).map((person) => client(person)));
    const g = (await clients[0]?.createGroup({ name: "Moving", category: "interest" }))?.g ?? 0;
    for (const one of clients.slice(1)) await one.group(g).join();
    const seen = clients.map((one) => record(one, g));
    await Promise.all(clients.map((one) => one.group(g).subscribe()));
    const answered: { seq: number; text: string }[] = [];
    let moving = true;

    const talk = clients.map(async (one, who) => {
      for (let i = 0; moving; i++)
        answered.push({ seq: (await one.group(g).send(`${who}:${i}`)).s, text: `${who}:${i}` });
    });
    const moves =
      "add gateway, add fanout, restart gateway-1, remove fanout-1, remove gateway-3, add fanout, remove fanout-3";
    for (const move of moves.split(", ")) await cluster.command(...move.split(" "));
    moving = false;
    await Promise.all(talk);

    const head = Math.max(...answered.map(({ seq }) => seq));
    await until(() => seen.every((events) => events.at(-1)?.seq === head), 20_000);
    const said = (seen[0] ?? []).filter(({ kind }) => kind === "text");
    expect(said.map(({ seq, body }) => ({ seq, text: (body as { t: string }).t }))).toEqual(
      answered.sort((a, b) => a.seq - b.seq),
    );
    for (const events of seen.slice(1)) expect(events).toEqual(seen[0]);
    expect(clients.map(({ violations }) => violations)).toEqual([0, 0, 0, 0]);
  });
});

test("without servers the cluster does not start, and says what to do", { timeout: 60_000 }, async () => {
  await expect(clusterCommand([], { NATS_SERVERS: "127.0.0.1:1" })).rejects.toThrow(
    "NATS does not run at 127.0.0.1:1: npm run servers",
  );
  await expect(clusterCommand(["fly"])).rejects.toThrow("npm run cluster -- add gateway | fanout");
});
