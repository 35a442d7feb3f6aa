export * from "./metrics.ts";
export * from "./registry.ts";
