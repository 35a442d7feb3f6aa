import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import { expect, test } from "vitest";
import { portsOf } from "./ports-of.ts";

test("a process has the ports of its connections, and not those of others", async () => {
  const server = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = createConnection({ host: "127.0.0.1", port: (server.address() as { port: number }).port });
  await once(socket, "connect");

  const [mine, parents] = [portsOf(process.pid), portsOf(process.ppid)];

  expect(mine).toContain(socket.localPort);
  expect(parents).not.toContain(socket.localPort);
  socket.destroy();
  server.close();
});
