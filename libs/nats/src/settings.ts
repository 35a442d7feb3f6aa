import { type Env, secretFile } from "@guildhall/config";

export type NatsConfig = {
  /** All of the cluster's servers, `host:port`: others are not tried. */
  readonly servers: readonly string[];
  /** Without it the server must let everybody in. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** With it the servers must show a certificate of this authority. */
  readonly caFile: string | undefined;
};

const NONE = "none";

/** Where NATS is and how to sign in there. The password stands in a file, so that no list of processes shows it. */
export function natsConfig(env: Env): NatsConfig {
  const user = env.text("NATS_USER", NONE);
  const password = secretFile(env, "NATS_PASSWORD_FILE");
  const caFile = env.text("NATS_CA_FILE", NONE);
  if ((user === NONE) !== (password === undefined))
    env.mistake("NATS_USER and NATS_PASSWORD_FILE are set together or not at all");
  // It stands in the subjects where answers come in.
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(user)) env.mistake("NATS_USER is up to 32 letters, digits, _ and -");
  return {
    servers: env
      .text("NATS_SERVERS", "127.0.0.1:4222")
      .split(",")
      .map((server) => server.trim())
      .filter((server) => server !== ""),
    login: user === NONE || password === undefined ? undefined : { user, password },
    caFile: caFile === NONE ? undefined : caFile,
  };
}
