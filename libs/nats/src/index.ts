export * from "./connect.ts";
export * from "./settings.ts";
