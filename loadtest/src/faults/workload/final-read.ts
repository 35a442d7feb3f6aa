import type { Session } from "@guildhall/client";
import { fromBase64Url } from "@guildhall/kernel";
import { CLIENT_FRAME, type Page } from "@guildhall/proto";
import type { Recorder } from "@guildhall/testkit/history";
import { Connection, okOf } from "./connection.ts";
import { Observer } from "./observer.ts";

const PAGE_EVENTS = 100;
/** Tries of one page, while the server cannot give it yet. */
const TRIES_MAX = 40;
const TRY_AFTER_MS = 250;

/** Reads every group from 1 to its end, by a connection that has nothing of it. @throws Error where a page cannot be had. */
export async function readEverything(
  url: string,
  { access, dev, u }: Session,
  groups: readonly number[],
  recorder: Recorder,
): Promise<void> {
  const observer = new Observer(recorder, u);
  const connection = await Connection.open(url, { onFrame: () => {}, onClose: () => {} });
  try {
    const device = fromBase64Url(dev) ?? new Uint8Array(16);
    const hello = { t: CLIENT_FRAME.hello, v: 1, tok: access, dev: device, app: "faults", cap: [] };
    if (okOf(await connection.ask((i) => ({ ...hello, i }))) === undefined) throw new Error("hello was refused");
    for (const g of groups) await readGroup(connection, g, observer);
  } finally {
    connection.cut();
  }
}

async function readGroup(connection: Connection, g: number, observer: Observer): Promise<void> {
  for (let a = 1; ; ) {
    const page = await pageFrom(connection, g, a);
    observer.page("final", g, page, "final");
    const end = page.e.length === 0 ? a - 1 : page.z;
    // `more` is about what was asked for, so only an empty page is the end.
    if (page.e.length === 0) return observer.end(g, { ep: page.ep, s: end });
    a = page.z + 1;
  }
}

async function pageFrom(connection: Connection, g: number, a: number): Promise<Page> {
  for (let tries = 1; ; tries++) {
    const answer = await connection.ask((i) => ({ t: CLIENT_FRAME.get, i, g, a, z: a + PAGE_EVENTS - 1 }));
    const page = okOf(answer);
    if (page !== undefined) return page.d as Page;
    if (tries === TRIES_MAX) throw new Error(`group ${g} cannot be read from ${a}: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, TRY_AFTER_MS));
  }
}
