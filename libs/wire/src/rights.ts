/** What a service may do on the bus; `*` stands for one part of a subject, `>` for the rest of it. */
export type BusRights = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

const INBOX = "_INBOX.>";
const STREAM = "JOURNAL_*";
const LEASES = "KV_guildhall-leases";
const API = "$JS.API";

/** The journal's streams and the leases' bucket: made, looked at, read, cut; never deleted. */
const JETSTREAM = [
  "journal.*",
  `${API}.INFO`,
  ...["STREAM.CREATE", "STREAM.INFO", "STREAM.MSG.GET", "STREAM.PURGE"].map((call) => `${API}.${call}.${STREAM}`),
  ...["CONSUMER.CREATE", "CONSUMER.MSG.NEXT", "CONSUMER.DELETE"].map((call) => `${API}.${call}.${STREAM}.>`),
  ...["STREAM.CREATE", "STREAM.UPDATE", "STREAM.INFO"].map((call) => `${API}.${call}.${LEASES}`),
  ...["CONSUMER.CREATE", "CONSUMER.DELETE"].map((call) => `${API}.${call}.${LEASES}.>`),
  `${API}.DIRECT.GET.${LEASES}.>`,
  "$KV.guildhall-leases.>",
];

/** The least that each service needs. docs/operate/subjects.md and the configuration of nats-server are made of it. */
export const BUS_RIGHTS = {
  gateway: {
    publish: ["cmd.*", "ask.*", "open.*", "eph.*"],
    subscribe: ["ev.*", "beacon.*", "person.*", "eph.*", INBOX],
  },
  fanout: {
    publish: ["ev.*", "pv.*", "beacon.*", "person.*", "cmd.*", "ask.*", INBOX, ...JETSTREAM],
    subscribe: ["cmd.*", "ask.*", "open.*", "facts.*", INBOX],
  },
  permission: { publish: ["facts.*"], subscribe: ["pv.*", "beacon.*", INBOX] },
  api: { publish: ["cmd.*", "ask.*"], subscribe: [INBOX] },
} as const satisfies Readonly<Record<string, BusRights>>;
