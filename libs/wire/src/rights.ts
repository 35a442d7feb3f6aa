/** What a service may do on the bus; `*` stands for one part of a subject, `>` for the rest of it. */
export type BusRights = {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Whether it may answer the questions that reached it, wherever the asker listens. */
  readonly answers: boolean;
};

/** Questions in one message of the bus, and so answers that a server lets through for it. */
export const QUESTIONS_MAX = 256;

const LEASES = "KV_guildhall-leases";
const API = "$JS.API";

/**
 * The journal's streams and the leases' bucket: made, looked at, read, cut; never deleted. A part of a subject is
 * granted as a whole or by its exact text, so `*` stands where `JOURNAL_<p>` does: the account holds no other streams.
 */
const JETSTREAM = [
  "journal.*",
  `${API}.INFO`,
  ...["STREAM.CREATE", "STREAM.INFO", "STREAM.MSG.GET", "STREAM.PURGE"].map((call) => `${API}.${call}.*`),
  ...["CONSUMER.CREATE", "CONSUMER.MSG.NEXT", "CONSUMER.DELETE"].map((call) => `${API}.${call}.*.>`),
  `${API}.DIRECT.GET.${LEASES}.>`,
  "$KV.guildhall-leases.>",
];

/** Where answers to a user's questions come in. Each user has a place of its own, so that none reads another's. */
export const inboxPrefix = (user: string): string => `_INBOX_${user}`;

const inbox = (user: string): string => `${inboxPrefix(user)}.>`;

/** The least that each service needs. docs/operate/subjects.md and the configuration of nats-server are made of it. */
export const BUS_RIGHTS = {
  gateway: {
    publish: ["cmd.*", "ask.*", "open.*", "eph.*"],
    subscribe: ["ev.*", "beacon.*", "person.*", "eph.*", inbox("gateway")],
    answers: false,
  },
  fanout: {
    publish: ["ev.*", "pv.*", "beacon.*", "handover.*", "person.*", "cmd.*", "ask.*", ...JETSTREAM],
    subscribe: ["cmd.*", "ask.*", "open.*", "facts.*", "handover.*", inbox("fanout")],
    answers: true,
  },
  permission: {
    publish: ["facts.*"],
    subscribe: ["pv.*", "beacon.*", inbox("permission")],
    answers: false,
  },
  api: { publish: ["cmd.*", "ask.*"], subscribe: [inbox("api")], answers: false },
} as const satisfies Readonly<Record<string, BusRights>>;
