export * from "./reader.ts";
export * from "./rows.ts";
export * from "./tables.ts";
