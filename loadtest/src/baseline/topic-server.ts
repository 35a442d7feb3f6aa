import uws from "uWebSockets.js";
import { serveCpuMetrics } from "./cpu-metrics.ts";

type Member = { readonly group: string };

/** The smallest server: what one client of a group sends is published to the topic that all of the group follow. */
const app = uws.App().ws<Member>("/ws/:group", {
  maxPayloadLength: 32 * 1024,
  maxBackpressure: 16 * 1024 * 1024,
  upgrade: (response, request, context) =>
    response.upgrade(
      { group: request.getParameter(0) ?? "" },
      request.getHeader("sec-websocket-key"),
      request.getHeader("sec-websocket-protocol"),
      request.getHeader("sec-websocket-extensions"),
      context,
    ),
  open: (socket) => void socket.subscribe(socket.getUserData().group),
  message: (socket, message) => void app.publish(socket.getUserData().group, message, true),
});

const metricsPort = await serveCpuMetrics();
app.listen("127.0.0.1", 0, (listening) => {
  if (listening === false) throw new Error("no port to listen on");
  process.stdout.write(`listening ${uws.us_socket_local_port(listening)} ${metricsPort}\n`);
});
