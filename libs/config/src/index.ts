export * from "./addresses.ts";
export * from "./env.ts";
