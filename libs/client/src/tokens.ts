import { type HttpOptions, refresh, type Session } from "./auth.ts";

/** An access token with less than this left is renewed before it is used, ms. */
const LEFT_MIN_MS = 60_000;

/** Where access tokens come from. */
export type TokenSource = {
  /** A token that is valid now. @throws GuildhallError `UNAUTHENTICATED` where there will be none any more. */
  access(): Promise<string>;
  /** A token newer than the one given out last; absent where there is none to be had. */
  renew?(): Promise<string>;
};

type RefreshingOptions = HttpOptions & {
  readonly api: string;
  readonly refresh: string;
  /** The access token that came with it, and its end, ms. Without them the first use refreshes. */
  readonly access?: string;
  readonly exp?: number;
  /** Told each new pair, and awaited before it is used: keep it, the old one is void. */
  readonly onRefresh?: (session: Session) => void | Promise<void>;
};

/** Tokens that renew themselves, and can be told of a pair that came another way: from `changePassword`. */
export type RefreshingTokens = Required<TokenSource> & { replace(session: Session): void };

/** Tokens that renew themselves through the HTTP API. However many ask at once, one request is made. */
export function refreshingTokens(options: RefreshingOptions): RefreshingTokens {
  let token = options.refresh;
  let access = options.access ?? "";
  let expMs = options.access === undefined ? 0 : (options.exp ?? 0);
  let renewing: Promise<string> | undefined;

  function replace(session: Session): void {
    token = session.refresh;
    access = session.access;
    expMs = session.exp;
  }

  async function exchange(): Promise<string> {
    const session = await refresh(options.api, token, options);
    replace(session);
    await options.onRefresh?.(session);
    return access;
  }

  function renew(): Promise<string> {
    renewing ??= exchange().finally(() => {
      renewing = undefined;
    });
    return renewing;
  }

  return {
    access: async () => (expMs - Date.now() > LEFT_MIN_MS ? access : await renew()),
    renew,
    replace,
  };
}

/** A token that never changes: for tests and short runs. */
export function staticToken(token: string): TokenSource {
  return { access: async () => token };
}
