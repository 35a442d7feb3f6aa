import { connect, type GroupItem, refreshingTokens, signIn } from "@guildhall/client";
import { fromBase64Url } from "@guildhall/kernel";

type Browser = { WebSocket: new (url: string, protocols: string[]) => { close(code: number): void } };

/** The page's sockets, so that they can be cut behind the client's back. */
const sockets: { close(code: number): void }[] = [];
const browser = globalThis as unknown as Browser;
const Native = browser.WebSocket;
browser.WebSocket = class extends Native {
  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    sockets.push(this);
  }
};

/** Signs in and follows a group. `encoding` as in ClientOptions. */
async function open(api: string, url: string, name: string, password: string, encoding: "msgpack" | "json", g: number) {
  const session = await signIn(api, { name, password });
  const tokens = refreshingTokens({ api, ...session });
  const device = fromBase64Url(session.dev) ?? new Uint8Array(16);
  const client = connect({ url, tokens, device, encoding, app: "page", backoff: { startMs: 300, maxMs: 600 } });
  await client.ready();
  const group = client.group(g);
  const items: GroupItem[] = [];
  group.listen((item) => items.push(item));
  await group.subscribe();
  return {
    send: async (text: string) => (await group.send(text)).s,
    texts: () =>
      items.flatMap((item) =>
        item.type === "event" && item.event.k === "text" ? [(item.event.b as { readonly t: string }).t] : [],
      ),
    states: () => items.flatMap((item) => (item.type === "state" ? [item.state] : [])),
    cut: () => {
      for (const socket of sockets.splice(0)) socket.close(3_000);
    },
    stats: () => ({ ...client.stats, violations: client.violations }),
    close: () => client.close(),
  };
}

export type Page = Awaited<ReturnType<typeof open>>;
Object.assign(globalThis, { open });
