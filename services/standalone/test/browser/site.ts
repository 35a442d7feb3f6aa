import { once } from "node:events";
import { createServer, request } from "node:http";
import { onTestFinished } from "vitest";

const PAGE = '<!doctype html><meta charset="utf-8"><title>page</title><script type="module" src="/page.js"></script>';
/** As strict as a careful site's: no code out of text, and sockets to one place. */
const policy = (websocket: string) => `default-src 'self'; connect-src 'self' ${new URL(websocket).origin}`;

/** A site of one page, with the HTTP api behind the same origin, as a proxy in front of both would have it. */
export async function startSite(port: number, script: string, http: string, websocket: string): Promise<void> {
  const server = createServer((incoming, outgoing) => {
    const { url = "/", method, headers } = incoming;
    if (url.startsWith("/v1/")) {
      const passed = request(http + url, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      passed.on("error", () => outgoing.writeHead(502).end());
      incoming.pipe(passed);
      return;
    }
    const isScript = url === "/page.js";
    const type = isScript ? "text/javascript" : "text/html";
    outgoing.writeHead(200, { "content-type": type, "content-security-policy": policy(websocket) });
    outgoing.end(isScript ? script : PAGE);
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
}
