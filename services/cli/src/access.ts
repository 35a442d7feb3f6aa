import { refreshingTokens } from "@guildhall/client";
import { loadSession, type NamedSession, renewSession } from "./session-file.ts";

/** Somebody from the session file with an access token that is valid now. @throws Failure, GuildhallError. */
export async function accessOf(
  { api, sessionFile }: { readonly api: string; readonly sessionFile: string },
  name?: string,
): Promise<{ readonly session: NamedSession; readonly access: string }> {
  const session = await loadSession(sessionFile, name);
  const tokens = refreshingTokens({
    ...session,
    api,
    onRefresh: (fresh) => renewSession(sessionFile, { ...session, ...fresh, name: session.name }),
  });
  return { session, access: await tokens.access() };
}
