import { type Client, type ClientOptions, connect, refreshingTokens } from "@guildhall/client";
import { fromBase64Url } from "@guildhall/kernel";
import { Failure } from "./command.ts";
import { loadSession, type NamedSession, renewSession } from "./session-file.ts";

export const APP = "guildhall-cli/0.1";

type Places = {
  readonly api: string;
  /** Gateways. */
  readonly urls: readonly string[];
};

/** The same gateways in turn, beginning with number `from`: so many clients spread over them. */
export function gatewaysFrom(urls: readonly string[], from: number): readonly string[] {
  const at = from % urls.length;
  return [...urls.slice(at), ...urls.slice(0, at)];
}

/** A client for a session; it dials the gateways in turn. `onRefresh` keeps its newer tokens. */
export function clientOf(
  session: NamedSession,
  places: Places,
  more: Partial<ClientOptions> & { onRefresh?: (session: NamedSession) => Promise<void> } = {},
): Client {
  const { onRefresh, ...options } = more;
  const device = fromBase64Url(session.dev);
  if (device?.length !== 16) throw new Failure(`the session of ${session.name} names no device: sign in again`);
  const { api } = places;
  const { refresh, access, exp, name } = session;
  const tokens = refreshingTokens({
    api,
    refresh,
    access,
    exp,
    onRefresh: (fresh) => onRefresh?.({ ...session, ...fresh, name }),
  });
  return connect({ url: places.urls, tokens, device, app: APP, ...options });
}

/** Connects as somebody from the session file. @throws Failure, GuildhallError when the server refuses. */
export async function signedIn(places: Places & { readonly sessionFile: string }, name?: string): Promise<Client> {
  const session = await loadSession(places.sessionFile, name);
  const urls = gatewaysFrom(places.urls, Math.floor(Math.random() * places.urls.length));
  const client = clientOf(
    session,
    { ...places, urls },
    { onRefresh: (fresh) => renewSession(places.sessionFile, fresh) },
  );
  await client.ready();
  return client;
}
