export * from "./connect.ts";
export * from "./inspect.ts";
export * from "./settings.ts";
