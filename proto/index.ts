export * from "./client/frames.ts";
export * from "./client/server-frames.ts";
export * from "./commands/index.ts";
export * from "./internal/index.ts";
export * from "./permission/index.ts";
export * from "./primitives.ts";
export * from "./tables/index.ts";
