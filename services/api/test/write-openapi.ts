import { writeFileSync } from "node:fs";
import { testApi } from "../src/testing.ts";

/** Writes what the api says of itself to the documents; `npm run docs` calls it. */
const { get, app } = await testApi();
writeFileSync(new URL("../../../docs/protocol/openapi.json", import.meta.url), (await get("/openapi.json")).text);
await app.close();
