import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { examine } from "./examine.ts";
import { asText } from "./finding.ts";

/** A port that takes connections and says nothing, as a server that hangs does. */
async function mutePort(): Promise<number> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("servers that are not there, or hang, are findings and nothing waits longer than a check may", {
  timeout: 60_000,
}, async () => {
  const mute = await mutePort();
  const startMs = performance.now();

  const { diagnosis } = await examine(undefined, {
    NATS_SERVERS: `127.0.0.1:1,127.0.0.1:${mute}`,
    NATS_MONITORS: `http://127.0.0.1:${mute}`,
    CASSANDRA_CONTACT_POINTS: "127.0.0.1:1",
    REDIS_URL: `redis://127.0.0.1:${mute}`,
  });

  const wrong = new Set(diagnosis.filter(({ state }) => state === "wrong").map(({ check }) => check));
  const servers = [
    "nats 127.0.0.1:1",
    `nats 127.0.0.1:${mute}`,
    "nats disk",
    "jetstream",
    "leases",
    "cassandra",
    "redis",
  ];
  expect([...wrong]).toEqual(expect.arrayContaining(servers));
  expect(asText(diagnosis, [])).toContain("start it, let this machine reach it");
  expect(performance.now() - startMs).toBeLessThan(30_000);
});

test("bad settings are one finding that names all of them, without their values", async () => {
  const { diagnosis } = await examine(undefined, {
    PARTITIONS: "0",
    NATS_USER: "x",
    REDIS_URL: "redis://u:secret@h:1",
  });

  const [finding] = diagnosis;
  expect(diagnosis).toHaveLength(1);
  expect(finding?.what).toMatch(/PARTITIONS must be.*NATS_USER and NATS_PASSWORD_FILE.*REDIS_URL must be/s);
  expect(finding?.what).not.toContain("secret");
});
