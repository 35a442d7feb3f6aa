import { expect, test } from "vitest";
import { type ClusterFile, processesOf } from "./cluster.ts";

const member = (role: string, number: number) => ({
  name: `${role}-${number}`,
  pid: number,
  role,
  place: `${role}${number}`,
  admin: `http://${role}${number}`,
});
const file: ClusterFile = {
  folder: "f",
  settings: { services: { GUILDHALL_PROFILE: "loadtest" } },
  members: [member("fanout", 1), member("api", 1), member("gateway", 10), member("gateway", 2)],
};

test("gateways come in the order of their numbers, and the CPU of every process counts", () => {
  const { api, gateways, fanouts, processes, names } = processesOf(file);

  expect(api).toBe("api1");
  expect(gateways.map(({ name, url, metrics }) => [name, url, metrics])).toEqual([
    ["gateway-2", "gateway2", "http://gateway2/metrics"],
    ["gateway-10", "gateway10", "http://gateway10/metrics"],
  ]);
  expect(fanouts).toEqual(["http://fanout1/metrics"]);
  expect(names).toEqual(["fanout-1", "api-1", "gateway-10", "gateway-2"]);
  expect(processes).toEqual(names.map((_, i) => `${file.members[i]?.admin}/metrics`));
});

test("a cluster with limits is not measured", () => {
  expect(() => processesOf({ ...file, settings: { services: {} } })).toThrow("the cluster has limits");
});
