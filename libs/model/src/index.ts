export * from "./because.ts";
export * from "./bits.ts";
export { causeOf, type Refused, type RefusedBy } from "./cause.ts";
export * from "./effective.ts";
export * from "./hierarchy.ts";
export * from "./may.ts";
export * from "./policy.ts";
export * from "./refusal.ts";
export * from "./roles.ts";
