import { existsSync } from "node:fs";
import { connect, signUp } from "@guildhall/client";
import { until } from "@guildhall/testkit";
import { chromium } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { clientOptions, freePort, record, startBench } from "../bench.ts";
import { bundleFor } from "./bundle.ts";
import type { Page } from "./page.ts";
import { startSite } from "./site.ts";

const CHROMIUM = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const GZIP_MAX_BYTES = 40_000;
const PASSWORD = "correct horse";

test("the SDK as a script for browsers is at most 40 kB gzipped, without ws and without schemas", async () => {
  const { gzipBytes, inputs } = await bundleFor("../../../../libs/client/src/index.ts");
  const files = Object.keys(inputs).filter((file) => (inputs[file] ?? 0) > 0);

  expect(gzipBytes).toBeLessThanOrEqual(GZIP_MAX_BYTES);
  // Of `ws` there is the stub that it has for browsers.
  expect(files.filter((file) => file.includes("/ws/"))).toEqual(["node_modules/ws/browser.js"]);
  expect(files.filter((file) => file.includes("/typebox/"))).toEqual([]);
});

test.skipIf(!existsSync(CHROMIUM)).each(["msgpack", "json"] as const)(
  "in Chromium the SDK signs in, sends, receives, and resumes after its socket was cut, by %s (needs CHROMIUM_PATH)",
  async (encoding) => {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const bench = await startBench({ GATEWAY_ORIGINS: origin });
    const { http, websocket } = bench.server;
    const node = connect(clientOptions(websocket, await signUp(http, { name: "ann", password: PASSWORD })));
    onTestFinished(() => node.close());
    await node.ready();
    const { g } = await node.createGroup({ name: "Book club", category: "interest", tags: [], intro: "" });
    const group = node.group(g);
    const seen = record(node, g);
    await group.subscribe();
    const eve = connect(clientOptions(websocket, await signUp(http, { name: "eve", password: PASSWORD })));
    onTestFinished(() => eve.close());
    await eve.ready();
    await eve.group(g).join();
    await startSite(port, (await bundleFor("page.ts")).text, http, websocket);

    // An empty folder of its own, gone with the browser.
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, headless: true, timeout: 30_000 });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(origin);
    const told = await page.evaluateHandle(
      (args) => (globalThis as unknown as { open(...all: unknown[]): Promise<Page> }).open(...args),
      [origin, websocket, "eve", PASSWORD, encoding, g],
    );

    await group.send("from node");
    await told.evaluate((client) => client.send("from the page"));
    await until(() => seen.some(({ body }) => JSON.stringify(body).includes("from the page")));
    await told.evaluate((client) => client.cut());
    for (const text of ["missed 1", "missed 2"]) await group.send(text);
    await until(async () => (await told.evaluate((client) => client.states())).includes("back"), 10_000);
    await told.evaluate((client) => client.send("and back"));
    await until(async () => (await told.evaluate((client) => client.texts())).length >= 5, 10_000);

    expect(await told.evaluate((client) => client.texts())).toEqual([
      "from node",
      "from the page",
      "missed 1",
      "missed 2",
      "and back",
    ]);
    expect(await told.evaluate((client) => client.states())).toEqual(["lost", "back"]);
    expect(await told.evaluate((client) => client.stats())).toMatchObject({ reconnects: 1, gaps: 0, violations: 0 });
    expect(errors).toEqual([]);
  },
  60_000,
);
