export * from "./addresses.ts";
export * from "./certificate-fault.ts";
export * from "./env.ts";
export * from "./login.ts";
export * from "./secret-file.ts";
