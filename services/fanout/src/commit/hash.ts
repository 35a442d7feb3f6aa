import { hash } from "node:crypto";
import type { Command } from "@guildhall/proto";

/** The first 16 bytes of SHA-256 of what a command says: the same for every repeat of it. */
export function commandHash(command: Command): Uint8Array {
  const text = canonical([command.m, command.l, command.as, command.a, command.why]);
  return new Uint8Array(hash("sha256", text, "buffer").subarray(0, 16));
}

/** JSON with keys in order, so that two spellings of one map are the same. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString("base64")}`;
  if (Array.isArray(value)) return canonicalList(value);
  const keys = Object.keys(value);
  if (keys.length > 1) keys.sort();
  const record = value as Record<string, unknown>;
  let text = "{";
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? "";
    text += `${i === 0 ? "" : ","}${JSON.stringify(key)}:${canonical(record[key])}`;
  }
  return `${text}}`;
}

function canonicalList(items: readonly unknown[]): string {
  let text = "[";
  for (let i = 0; i < items.length; i++) text += `${i === 0 ? "" : ","}${canonical(items[i])}`;
  return `${text}]`;
}
