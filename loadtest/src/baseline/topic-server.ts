import uws from "uWebSockets.js";
import { serveCpuMetrics } from "./cpu-metrics.ts";

/** The smallest server: what one client sends is published to a topic that all follow. */
const app = uws.App().ws("/ws", {
  maxPayloadLength: 32 * 1024,
  maxBackpressure: 16 * 1024 * 1024,
  open: (socket) => void socket.subscribe("lane"),
  message: (_socket, message) => void app.publish("lane", message, true),
});

const metricsPort = await serveCpuMetrics();
app.listen("127.0.0.1", 0, (listening) => {
  if (listening === false) throw new Error("no port to listen on");
  process.stdout.write(`listening ${uws.us_socket_local_port(listening)} ${metricsPort}\n`);
});
