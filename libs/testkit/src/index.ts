export * from "./fake-clock.ts";
export * from "./frame-socket.ts";
export * from "./plain-server.ts";
export * from "./raw-socket.ts";
export * from "./scratch-folder.ts";
export * from "./seeded-random.ts";
export * from "./tcp-proxy.ts";
export * from "./until.ts";
