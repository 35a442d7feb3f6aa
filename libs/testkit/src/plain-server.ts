import { createServer, type Socket } from "node:net";

export type PlainServer = AsyncDisposable & {
  readonly port: number;
  /** What it was sent so far, a character a byte. */
  received(): string;
};

/** A server on loopback that knows no TLS: it says `greeting`, and to whatever it is sent `answer`. */
export async function plainServer(greeting: string, answer: string): Promise<PlainServer> {
  const sockets = new Set<Socket>();
  let received = "";
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      received += data.toString("latin1");
      socket.write(answer);
    });
    socket.write(greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    received: () => received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
