import { expect, test } from "vitest";
import { metricsFor } from "./metrics.ts";
import { Registry } from "./registry.ts";

const lines = async (registry: Registry) => (await registry.text()).split("\n");

test("names carry the service, labels their values", async () => {
  const registry = new Registry();
  const metric = metricsFor("gateway", registry);

  metric.counter("frames_total", "Frames", ["type"]).inc({ type: "send" }, 2);
  metric.gauge("sessions", "Sessions").set(7);
  metric.latency("command_seconds", "Commands", ["command"]).observe(0.003, "msg.send");

  expect(await lines(registry)).toEqual(
    expect.arrayContaining([
      "# HELP guildhall_gateway_frames_total Frames",
      "# TYPE guildhall_gateway_frames_total counter",
      'guildhall_gateway_frames_total{type="send"} 2',
      "guildhall_gateway_sessions 7",
      'guildhall_gateway_command_seconds_bucket{le="0.0025",command="msg.send"} 0',
      'guildhall_gateway_command_seconds_bucket{le="0.005",command="msg.send"} 1',
      'guildhall_gateway_command_seconds_count{command="msg.send"} 1',
    ]),
  );
});

test("numbers read at the scrape are those of that moment", async () => {
  const registry = new Registry();
  const metric = metricsFor("gateway", registry);
  let sent = 3;
  let open = 5;
  metric.counterFrom("sent_total", "Sent", () => sent);
  metric.gaugeFrom("open", "Open", () => open);

  const first = await lines(registry);
  sent = 10;
  open = 2;
  const second = await lines(registry);

  expect(first).toEqual(expect.arrayContaining(["guildhall_gateway_sent_total 3", "guildhall_gateway_open 5"]));
  expect(second).toEqual(expect.arrayContaining(["guildhall_gateway_sent_total 10", "guildhall_gateway_open 2"]));
});

test("the process's own use is there once, and each registry stands for itself", async () => {
  const [one, other] = [new Registry(), new Registry()];
  metricsFor("gateway", one).gauge("sessions", "Sessions").set(1);

  const text = await one.text();

  for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes", "nodejs_eventloop_lag_seconds"]) {
    expect(text.split("\n").filter((line) => line.startsWith(`${name} `))).toHaveLength(1);
  }
  expect(await other.text()).not.toContain("guildhall_gateway_sessions");
  expect(one.contentType).toContain("text/plain");
});

test("a name is given once a registry", () => {
  const metric = metricsFor("gateway", new Registry());
  metric.gauge("sessions", "Sessions");

  expect(() => metric.gauge("sessions", "Sessions")).toThrow(/already been registered/);
});
