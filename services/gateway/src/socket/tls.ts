import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { AppError } from "@guildhall/kernel";

/** A certificate with the chain above it, and its key without a password, both as PEM. */
export type TlsFiles = { readonly certFile: string; readonly keyFile: string };

/**
 * Makes sure that the files can be used; the socket library does not say why they cannot.
 *
 * @throws AppError `UNAVAILABLE` with one sentence: which cannot be read, or that they are no pair.
 */
export async function checkTlsFiles({ certFile, keyFile }: TlsFiles): Promise<void> {
  const cert = await readable("GATEWAY_TLS_CERT", certFile);
  const key = await readable("GATEWAY_TLS_KEY", keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new AppError("UNAVAILABLE", `${certFile} and ${keyFile} are no certificate and its key: ${textOf(cause)}`, {
      cause,
    });
  }
}

async function readable(setting: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new AppError("UNAVAILABLE", `${setting} cannot be read: ${textOf(cause)}`, { cause });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
