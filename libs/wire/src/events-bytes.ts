import { isMap } from "./msgpack.ts";

/** Turns the nonces of events into bytes of their own: in `ev.e`, and in `ok.d.e` where `d` is a page. */
export function bytesOfEvents(raw: unknown, toBytes: (value: unknown) => unknown): void {
  if (!isMap(raw)) return;
  const d = raw["d"];
  const events = isMap(d) && "a" in d && "z" in d ? d["e"] : raw["e"];
  if (!Array.isArray(events)) return;
  for (const event of events as readonly unknown[]) {
    if (isMap(event) && event["n"] !== undefined) event["n"] = toBytes(event["n"]);
  }
}
