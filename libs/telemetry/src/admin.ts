import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "./registry.ts";

/** Whether this process can serve, and what that rests on, by name. */
export type Readiness = { readonly ok: boolean; readonly checks: Readonly<Record<string, boolean>> };

export type AdminOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly registry: Registry;
  readonly ready: () => Readiness;
};

export type Admin = AsyncDisposable & { readonly url: string };

/** A request that takes longer than this is cut off. */
const REQUEST_MAX_MS = 10_000;
const HEADERS_MAX_BYTES = 8 * 1024;

/**
 * Health and metrics of one process over HTTP: `/healthz` answers while the process lives, `/readyz` 200 when it can
 * serve and 503 with the reasons when not, `/metrics` in Prometheus' text format. For the inside of a network only.
 *
 * @throws Error when the address is taken.
 */
export async function startAdmin({ host, port, registry, ready }: AdminOptions): Promise<Admin> {
  const server = createServer(
    { maxHeaderSize: HEADERS_MAX_BYTES, requestTimeout: REQUEST_MAX_MS },
    (request, response) => {
      const send = (status: number, type: string, body: string): void => {
        response.writeHead(status, { "content-type": type }).end(request.method === "HEAD" ? undefined : body);
      };
      const json = (status: number, body: unknown): void => send(status, "application/json", JSON.stringify(body));
      if (request.method !== "GET" && request.method !== "HEAD") return json(405, { error: "GET or HEAD" });
      if (request.url === "/healthz") return json(200, { ok: true });
      if (request.url === "/readyz") {
        const state = ready();
        return json(state.ok ? 200 : 503, state);
      }
      if (request.url !== "/metrics") return json(404, { error: "there is /healthz, /readyz and /metrics" });
      registry.text().then(
        (text) => send(200, registry.contentType, text),
        () => json(500, { error: "metrics could not be read" }),
      );
    },
  );
  await listening(server, host, port);
  const { address, family, port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
