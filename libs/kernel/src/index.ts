export * from "./clock.ts";
export * from "./closers.ts";
export * from "./errors.ts";
export * from "./ids.ts";
export * from "./nonce.ts";
export * from "./outstanding.ts";
export * from "./run.ts";
export * from "./until-available.ts";
