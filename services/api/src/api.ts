import type { AddressInfo } from "node:net";
import { AppError, type Service, sleep } from "@guildhall/kernel";
import { ownerClient } from "@guildhall/owner";
import { createVerifier } from "@guildhall/token";
import type { ApiConfig } from "./config.ts";
import { rates } from "./http/rates.ts";
import { type App, httpServer } from "./http/server.ts";
import { apiMetrics } from "./metrics.ts";
import { devices } from "./people/devices.ts";
import { orderSender } from "./people/orders.ts";
import { passwords } from "./people/passwords.ts";
import { people } from "./people/people.ts";
import { sessions } from "./people/sessions.ts";
import type { ApiPorts } from "./ports.ts";
import { appealRoutes } from "./routes/appeals.ts";
import { deviceRoutes } from "./routes/devices.ts";
import { entitleRoute } from "./routes/entitle.ts";
import { groupStateRoute } from "./routes/group-state.ts";
import { healthRoutes } from "./routes/health.ts";
import { keysRoute } from "./routes/keys.ts";
import { lookUpRoutes } from "./routes/look-up.ts";
import type { RouteNeeds } from "./routes/needs.ts";
import { openapiRoute } from "./routes/openapi.ts";
import { operatorRoute } from "./routes/operator.ts";
import { passwordRoute } from "./routes/password.ts";
import { peopleBatchRoute } from "./routes/people-batch.ts";
import { sessionRoutes } from "./routes/session.ts";
import { signUpRoute } from "./routes/sign-up.ts";
import { signedIn } from "./routes/signed-in.ts";

export type { ApiConfig } from "./config.ts";
export type { ApiPorts, Operator, ReadyState } from "./ports.ts";

export type Api = Service & { readonly port: number; readonly url: string };

/** How long an owner may take to answer one attempt. */
const OWNER_TIMEOUT_MS = 3_000;
/** Requests under way when closing begins may end within this time; then they are cut off. */
const CLOSE_MAX_MS = 5_000;

/**
 * Serves HTTP: sign-up and sign-in, the keys of tokens, health and metrics, and what the operator may do.
 * Listening when it resolves.
 *
 * @throws AppError `CONFLICT` when the port is taken; Error when a trusted proxy is no address.
 */
export async function startApi(config: ApiConfig, ports: ApiPorts): Promise<Api> {
  const app = apiServer(config, ports);
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new AppError("CONFLICT", `HTTP port ${config.port} on ${config.host} is taken; set API_PORT to another`);
  }
  const { address, family, port } = app.server.address() as AddressInfo;
  return {
    name: "api",
    port,
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    [Symbol.asyncDispose]: () => close(app),
  };
}

/** The server with all its routes, not listening yet. */
export function apiServer(config: ApiConfig, ports: ApiPorts): App {
  const { bus, presence, registry, log, clock, keys } = ports;
  const hashes = passwords();
  const metrics = apiMetrics(registry, () => hashes.waiting());
  const owner = ownerClient(bus, { partitions: config.partitions, timeoutMs: OWNER_TIMEOUT_MS });
  const send = orderSender(owner, clock);
  const ends = devices(owner, send);
  const needs: RouteNeeds = {
    ...ports,
    owner,
    send,
    people: people({ owner, send, passwords: hashes, log }),
    sessions: sessions({ send, devices: ends, signer: keys.signer, clock, onRefused: () => metrics.refreshRefused() }),
    devices: ends,
    signedIn: signedIn(
      createVerifier(async () => keys.jwks(), clock),
      owner,
    ),
    passwords: hashes,
    take: rates(presence, config, (what) => metrics.rateLimited(what)),
  };

  const app = httpServer({ log, metrics, trustedProxies: config.trustedProxies });
  const routes = [
    openapiRoute,
    signUpRoute,
    sessionRoutes,
    deviceRoutes,
    passwordRoute,
    keysRoute,
    healthRoutes,
    operatorRoute,
    peopleBatchRoute,
    lookUpRoutes,
    groupStateRoute,
    appealRoutes,
    entitleRoute,
  ];
  for (const add of routes) add(app, needs);
  return app;
}

async function close(app: App): Promise<void> {
  const cut = sleep(CLOSE_MAX_MS).then(() => app.server.closeAllConnections());
  await Promise.race([app.close(), cut]);
}
