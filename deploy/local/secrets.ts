import { randomBytes } from "node:crypto";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { at } from "./folder.ts";
import { runToEnd } from "./processes.ts";

/** Who signs in where. `test` is for contract tests, on what they make themselves. */
export const USERS = {
  nats: ["gateway", "fanout", "permission", "api", "test"],
  redis: ["guildhall", "test"],
  cassandra: ["guildhall", "guildhall_reader", "test", "cassandra"],
} as const;
export type Server = keyof typeof USERS;

const DAYS = "30";
const PASSWORD_BYTES = 24;
const OPENSSL_MAX_MS = 30_000;

/** Files that make the servers ask for passwords and speak TLS. */
export class Secrets {
  readonly folder: string;
  /** The authority whose certificates the servers show, theirs for 127.0.0.1, and its key. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The same certificate and key as Java keeps them. */
  readonly keystoreFile: string;
  readonly keystorePassword: string;
  readonly #passwords: ReadonlyMap<string, string>;

  constructor(folder: string, keystorePassword: string, passwords: ReadonlyMap<string, string>) {
    this.folder = folder;
    this.caFile = `${folder}/ca.pem`;
    this.certFile = `${folder}/server.pem`;
    this.keyFile = `${folder}/server.key`;
    this.keystoreFile = `${folder}/server.p12`;
    this.keystorePassword = keystorePassword;
    this.#passwords = passwords;
  }

  /** The file that holds nothing but a user's password. */
  passwordFile<S extends Server>(server: S, user: (typeof USERS)[S][number]): string {
    return `${this.folder}/${server}-${user}`;
  }

  password<S extends Server>(server: S, user: (typeof USERS)[S][number]): string {
    return this.#passwords.get(this.passwordFile(server, user)) ?? "";
  }
}

/** Begins with a letter, so that no configuration takes it for a number. */
const newPassword = (): string => `p${randomBytes(PASSWORD_BYTES).toString("hex")}`;

/**
 * An authority, a certificate for 127.0.0.1, another authority that signed nothing, and a password for each user; all
 * made anew. @throws Error where there is no openssl.
 */
export async function makeSecrets(): Promise<Secrets> {
  const folder = at("secrets");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keystorePassword = newPassword();
  await makeCertificates(folder, keystorePassword);
  const passwords = new Map<string, string>();
  for (const [server, users] of Object.entries(USERS)) {
    for (const user of users) {
      const file = `${folder}/${server}-${user}`;
      passwords.set(file, newPassword());
      await writeFile(file, `${passwords.get(file) ?? ""}\n`, { mode: 0o600 });
    }
  }
  return new Secrets(folder, keystorePassword, passwords);
}

async function makeCertificates(folder: string, keystorePassword: string): Promise<void> {
  const run = { cwd: folder, maxMs: OPENSSL_MAX_MS, missing: "apt-get install openssl" };
  const openssl = (...args: string[]) => runToEnd("openssl", args, run);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  for (const name of ["ca", "other-ca"]) {
    const to = ["-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", DAYS];
    await openssl("req", "-x509", ...key, ...to, "-subj", `/CN=guildhall local ${name}`);
  }
  await openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1");
  const extensions = "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n";
  await writeFile(`${folder}/server.ext`, extensions);
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", DAYS, "-extfile", "server.ext"];
  await openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", ...signed);
  await writeFile(`${folder}/keystore-password`, keystorePassword, { mode: 0o600 });
  const keystore = ["-inkey", "server.key", "-in", "server.pem", "-certfile", "ca.pem", "-name", "server"];
  await openssl("pkcs12", "-export", ...keystore, "-out", "server.p12", "-passout", "file:keystore-password");
  await Promise.all(["ca.key", "server.key", "server.p12"].map((name) => chmod(`${folder}/${name}`, 0o600)));
  // The authority signs nothing more.
  await Promise.all(["ca.key", "other-ca.key"].map((name) => rm(`${folder}/${name}`)));
}
