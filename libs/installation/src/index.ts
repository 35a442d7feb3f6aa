export * from "./begin-epochs.ts";
export * from "./checkpoint.ts";
export * from "./folder-lock.ts";
export * from "./installation-file.ts";
export * from "./journal-end.ts";
export * from "./private-file.ts";
export * from "./tables.ts";
