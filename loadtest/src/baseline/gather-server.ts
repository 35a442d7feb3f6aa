import uws, { type WebSocket } from "uWebSockets.js";
import { serveCpuMetrics } from "./cpu-metrics.ts";

const GATHER_MS = 2;

const sockets = new Set<WebSocket<unknown>>();
let gathered: ArrayBuffer[] = [];

/** What came within 2 ms goes to each socket in one write. */
function flush(): void {
  const messages = gathered;
  gathered = [];
  for (const socket of sockets) {
    socket.cork(() => {
      for (const message of messages) socket.send(message, true);
    });
  }
}

const app = uws.App().ws("/ws", {
  maxPayloadLength: 32 * 1024,
  maxBackpressure: 16 * 1024 * 1024,
  open: (socket) => void sockets.add(socket),
  close: (socket) => void sockets.delete(socket),
  message: (_socket, message) => {
    if (gathered.length === 0) setTimeout(flush, GATHER_MS);
    // The message is lent for this call only.
    gathered.push(message.slice(0));
  },
});

const metricsPort = await serveCpuMetrics();
app.listen("127.0.0.1", 0, (listening) => {
  if (listening === false) throw new Error("no port to listen on");
  process.stdout.write(`listening ${uws.us_socket_local_port(listening)} ${metricsPort}\n`);
});
