export * from "./admin.ts";
export * from "./metrics.ts";
export * from "./registry.ts";
