export * from "./bus.ts";
export * from "./record.ts";
