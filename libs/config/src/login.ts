import type { Env } from "./env.ts";
import { secretFile } from "./secret-file.ts";

/** Who a process is at a server. */
export type Login = { readonly user: string; readonly password: string };

/** The user in `<server>_USER` with the password in the file of `<server>_PASSWORD_FILE`; undefined where neither is set. */
export function loginOf(env: Env, server: string): Login | undefined {
  const user = env.optional(`${server}_USER`);
  const password = secretFile(env, `${server}_PASSWORD_FILE`);
  if ((user === undefined) !== (password === undefined))
    env.mistake(`${server}_USER and ${server}_PASSWORD_FILE are set together or not at all`);
  return user === undefined || password === undefined ? undefined : { user, password };
}
