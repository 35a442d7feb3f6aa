import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder, until } from "@guildhall/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { startBench } from "./bench.ts";

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A certificate for 127.0.0.1 that signs itself, and its key. */
async function certificate(): Promise<{ certFile: string; keyFile: string }> {
  const folder = await scratchFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const [certFile, keyFile] = [join(folder.path, "cert.pem"), join(folder.path, "key.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  execFileSync("openssl", ["req", "-x509", ...key, "-out", certFile, "-days", "2", ...subject], { stdio: "ignore" });
  return { certFile, keyFile };
}

describe.skipIf(!hasOpenssl())("needs openssl", () => {
  test("with a certificate clients connect by wss and are heard; plain ws is not answered", async () => {
    const tls = await certificate();
    const bench = await startBench({ config: { tls } });
    onTestFinished(() => bench[Symbol.asyncDispose]());
    const states: string[] = [];

    const secure = new WebSocket(bench.gateway.url, ["guildhall.json.v1"], { ca: readFileSync(tls.certFile) });
    secure.on("message", (data: Buffer) => states.push(data.toString()));
    secure.on("open", () =>
      secure.send('{"t":"hello","i":1,"v":9,"tok":"x","dev":"AAECAwQFBgcICQoLDA0ODw","app":"t","cap":[]}'),
    );
    const plain = new WebSocket(bench.gateway.url.replace("wss:", "ws:"), ["guildhall.json.v1"]);
    plain.on("error", () => states.push("plain refused"));

    await until(() => states.length === 2);
    expect(bench.gateway.url).toMatch(/^wss:/);
    expect(states).toContain("plain refused");
    expect(states.find((state) => state.startsWith("{"))).toContain('"t":"bye"');
  });

  test("files that are missing, or are no pair, end the start with one sentence", async () => {
    const [one, other] = [await certificate(), await certificate()];
    const empty = join(one.certFile, "../empty.pem");
    writeFileSync(empty, "");
    const start = (tls: { certFile: string; keyFile: string }) => startBench({ config: { tls } });

    await expect(start({ ...one, certFile: "/none/cert.pem" })).rejects.toThrow(
      /GATEWAY_TLS_CERT cannot be read: ENOENT/,
    );
    await expect(start({ ...one, keyFile: "/none/key.pem" })).rejects.toThrow(/GATEWAY_TLS_KEY cannot be read: ENOENT/);
    await expect(start({ ...one, keyFile: other.keyFile })).rejects.toThrow(/are no certificate and its key/);
    await expect(start({ ...one, certFile: empty })).rejects.toThrow(/are no certificate and its key/);
  });
});
