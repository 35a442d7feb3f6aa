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
  /** The same password for all, in a file of its own. */
  readonly passwordFile: string;
};
