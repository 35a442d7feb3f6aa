import uws, { type WebSocket } from "uWebSockets.js";
import { serveCpuMetrics } from "./cpu-metrics.ts";

const GATHER_MS = 2;

type Group = { readonly sockets: Set<WebSocket<Member>>; gathered: ArrayBuffer[] };
type Member = { readonly group: Group };

const groups = new Map<string, Group>();

function groupOf(name: string): Group {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group: Group = { sockets: new Set(), gathered: [] };
  groups.set(name, group);
  return group;
}

/** What came to a group within 2 ms goes to each of its sockets in one write. */
function flush(group: Group): void {
  const messages = group.gathered;
  group.gathered = [];
  for (const socket of group.sockets) {
    socket.cork(() => {
      for (const message of messages) socket.send(message, true);
    });
  }
}

const app = uws.App().ws<Member>("/ws/:group", {
  maxPayloadLength: 32 * 1024,
  maxBackpressure: 16 * 1024 * 1024,
  upgrade: (response, request, context) =>
    response.upgrade(
      { group: groupOf(request.getParameter(0) ?? "") },
      request.getHeader("sec-websocket-key"),
      request.getHeader("sec-websocket-protocol"),
      request.getHeader("sec-websocket-extensions"),
      context,
    ),
  open: (socket) => void socket.getUserData().group.sockets.add(socket),
  close: (socket) => void socket.getUserData().group.sockets.delete(socket),
  message: (socket, message) => {
    const { group } = socket.getUserData();
    if (group.gathered.length === 0) setTimeout(flush, GATHER_MS, group);
    // The message is lent for this call only.
    group.gathered.push(message.slice(0));
  },
});

const metricsPort = await serveCpuMetrics();
app.listen("127.0.0.1", 0, (listening) => {
  if (listening === false) throw new Error("no port to listen on");
  process.stdout.write(`listening ${uws.us_socket_local_port(listening)} ${metricsPort}\n`);
});
