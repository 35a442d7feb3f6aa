export * from "./bits.ts";
export * from "./close-codes.ts";
export * from "./errors.ts";
export * from "./frame-types.ts";
export * from "./limits.ts";
export * from "./policies.ts";
export * from "./removal-kinds.ts";
export * from "./states.ts";
