import { once } from "node:events";
import { SUBPROTOCOL } from "@guildhall/proto/tables";

type Task = { readonly url: string; readonly access: string; readonly dev: string; readonly sizes: readonly number[] };

const ANSWER_MAX_MS = 10_000;

/** Greets, says frames of several sizes and closes, with the WebSocket that the platform has. */
async function speak({ url, access, dev, sizes }: Task): Promise<string> {
  if (typeof WebSocket === "undefined") return "none";
  const socket = new WebSocket(url, [SUBPROTOCOL.json]);
  const heard: string[] = [];
  let wake = (): void => {};
  socket.addEventListener("message", ({ data }) => {
    heard.push((JSON.parse(String(data)) as { readonly t: string }).t);
    wake();
  });
  const heardOne = async (t: string, count: number): Promise<void> => {
    const endMs = Date.now() + ANSWER_MAX_MS;
    while (heard.filter((one) => one === t).length < count) {
      if (Date.now() > endMs) throw new Error(`no ${t}: ${heard.join(", ")}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 100);
      });
    }
  };
  await opened(socket);
  socket.send(JSON.stringify({ t: "hello", i: 1, v: 1, tok: access, dev, app: "platform", cap: [] }));
  await heardOne("ok", 1);
  for (const [at, size] of sizes.entries()) {
    socket.send(JSON.stringify({ t: "ping", x: "ü".repeat(size / 2) }));
    await heardOne("pong", at + 1);
  }
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener("close", ({ code }) => resolve(code));
  });
  socket.close(1000);
  const code = await closed;
  return code === 1000 ? "well" : `closed with ${code} instead of 1000`;
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("no connection")));
  });
}

const [task] = (await once(process, "message")) as [Task];
const outcome = await speak(task).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
process.stdout.write(`outcome ${outcome}\n`);
process.disconnect();
