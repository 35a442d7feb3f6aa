import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { at } from "./folder.ts";
import { runToEnd } from "./processes.ts";

/** Files that make the servers ask for passwords and speak TLS. */
export type Secrets = {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The same certificate and key as Java keeps them. */
  readonly keystoreFile: string;
  readonly keystorePassword: string;
  /** Users of NATS with the subjects each may use. */
  readonly natsUsersFile: string;
  readonly redisUsersFile: string;
  /** One password for every user, in a file of its own. */
  readonly passwordFile: string;
};

const DAYS = "30";
const PASSWORD_BYTES = 18;
/** Services that sign in at NATS, each under its own name. */
export const NATS_USERS = ["gateway", "fanout", "permission", "api"] as const;

/** A certificate authority, a certificate for 127.0.0.1 and passwords, made anew. @throws Error where there is no openssl. */
export async function makeSecrets(natsUsers: (password: string) => string): Promise<Secrets> {
  const folder = at("tls");
  await mkdir(folder, { recursive: true });
  const file = (name: string): string => at("tls", name);
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  const openssl = (...args: string[]) => runToEnd("openssl", args, { cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const ca = ["-keyout", "ca.key", "-out", "ca.pem", "-days", DAYS, "-subj", "/CN=guildhall local"];
  await openssl("req", "-x509", ...key, ...ca);
  await openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1");
  await writeFile(file("server.ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", DAYS, "-extfile", "server.ext"];
  await openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", ...signed);
  const keystore = ["-inkey", "server.key", "-in", "server.pem", "-certfile", "ca.pem", "-name", "server"];
  await openssl("pkcs12", "-export", ...keystore, "-out", "server.p12", "-passout", `pass:${password}`);
  await writeFile(file("password"), `${password}\n`, { mode: 0o600 });
  await writeFile(file("nats-users.conf"), natsUsers(password), { mode: 0o600 });
  await writeFile(file("redis.acl"), redisUsers(password), { mode: 0o600 });
  return {
    caFile: file("ca.pem"),
    certFile: file("server.pem"),
    keyFile: file("server.key"),
    keystoreFile: file("server.p12"),
    keystorePassword: password,
    natsUsersFile: file("nats-users.conf"),
    redisUsersFile: file("redis.acl"),
    passwordFile: file("password"),
  };
}

/** The commands that presence uses, on its own keys, and nothing else. */
function redisUsers(password: string): string {
  const commands =
    "+ping +time +multi +exec +discard +watch +unwatch +get +set +pexpire +zadd +zrem +zcount +zmscore +zrangebyscore +zremrangebyscore +info|server +client|setinfo +client|setname";
  return `user default off\nuser guildhall on >${password} ~guildhall:* ${commands}\n`;
}

/** The password, for what must be told it otherwise than by its file. */
export async function passwordOf({ passwordFile }: Secrets): Promise<string> {
  return (await readFile(passwordFile, "utf8")).trim();
}
