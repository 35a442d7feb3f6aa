import type { Person } from "../../driver/messages.ts";
import type { Recovered } from "./reader.ts";

/** What the readers' process is asked, and its one answer to each. */
export type ToReaders =
  | { readonly kind: "start"; readonly url: string; readonly g: number; readonly people: readonly Person[] }
  | { readonly kind: "stop" }
  /** Those from `from` to before `to` come back; so many of them also read what a gap has left out. */
  | { readonly kind: "recover"; readonly from: number; readonly to: number; readonly pages: number }
  | { readonly kind: "report" };

export type ReadersReport = {
  /** Events whose place and text were checked. */
  readonly checked: number;
  /** Times a reader was told to come back later. */
  readonly retries: number;
  readonly offset: number | undefined;
  readonly violations: readonly string[];
};

export type FromReaders =
  | { readonly kind: "done" }
  | { readonly kind: "recovered"; readonly readers: readonly Recovered[] }
  | ({ readonly kind: "report" } & ReadersReport)
  | { readonly kind: "failed"; readonly why: string };
