import { type Env, type Login, loginOf } from "@guildhall/config";

export type NatsConfig = {
  /** All of the cluster's servers, `host:port`: others are not tried. */
  readonly servers: readonly string[];
  /** Without it the server must let everybody in. */
  readonly login: Login | undefined;
  /** With it the servers must show a certificate of this authority. */
  readonly caFile: string | undefined;
};

/** Where NATS is and how to sign in there. The password stands in a file, so that no list of processes shows it. */
export function natsConfig(env: Env): NatsConfig {
  const login = loginOf(env, "NATS");
  // It stands in the subjects where answers come in.
  if (login !== undefined && !/^[A-Za-z0-9_-]{1,32}$/.test(login.user))
    env.mistake("NATS_USER is up to 32 letters, digits, _ and -");
  return {
    servers: env.list("NATS_SERVERS", "127.0.0.1:4222"),
    login,
    caFile: env.optional("NATS_CA_FILE"),
  };
}
