/** One alert. `runbook`: a page of docs/operate/runbooks. */
export type Alert = {
  readonly name: string;
  readonly expr: string;
  /** How long it must hold. */
  readonly for?: string;
  readonly severity: "page" | "warn" | "ticket";
  readonly summary: string;
  readonly runbook: string;
};

/** A share of requests that may fail. `bad` and `all` are made for a range. */
type Objective = {
  readonly name: string;
  readonly budget: number;
  readonly runbook: string;
  readonly bad: (range: string) => string;
  readonly all: (range: string) => string;
};

/** A refusal with a reason is an answer; these are not. */
const FAILED = "UNAVAILABLE|OUTCOME_UNKNOWN|PERM_STALE|INTERNAL";
const send = "guildhall_gateway_command_seconds";
const delivery = "guildhall_gateway_delivery_seconds";
const handshakes = "guildhall_gateway_handshakes_total";

const OBJECTIVES: readonly Objective[] = [
  {
    name: "send",
    budget: 0.0005,
    runbook: "partitions",
    all: (range) => `sum(rate(${send}_count{command="send"}[${range}]))`,
    bad: (range) =>
      `(sum(rate(${send}_count{command="send"}[${range}])) - ` +
      `(sum(rate(${send}_bucket{command="send",outcome!~"${FAILED}",le="5"}[${range}])) or vector(0)))`,
  },
  {
    // 2 s are promised; 2.5 s is the nearest bucket.
    name: "delivery",
    budget: 0.001,
    runbook: "partitions",
    all: (range) => `sum(rate(${delivery}_count[${range}]))`,
    bad: (range) => `(sum(rate(${delivery}_count[${range}])) - sum(rate(${delivery}_bucket{le="2.5"}[${range}])))`,
  },
  {
    // Whoever is refused for what he sent has had an answer; who has to wait has not.
    name: "connect",
    budget: 0.001,
    runbook: "reconnects",
    all: (range) => `sum(rate(${handshakes}[${range}]))`,
    bad: (range) => `(sum(rate(${handshakes}{result="limit"}[${range}])) or vector(0))`,
  },
];

/** The budget of 28 days is gone in two days at 14.4, in five at 6. */
const BURNS = [
  { factor: 14.4, long: "1h", short: "5m", severity: "page" },
  { factor: 6, long: "6h", short: "30m", severity: "page" },
  { factor: 1, long: "3d", short: "6h", severity: "ticket" },
] as const;

const RANGES = ["5m", "30m", "1h", "6h", "3d"] as const;

const ratio = (objective: string, range: string): string => `guildhall:${objective}_failed:ratio_rate${range}`;

/** Shares that failed, by range. Nothing asked is nothing failed. */
export const RECORDED = OBJECTIVES.flatMap(({ name, bad, all }) =>
  RANGES.map((range) => ({ record: ratio(name, range), expr: `${bad(range)} / (${all(range)} > 0)` })),
);

const burning: readonly Alert[] = OBJECTIVES.flatMap(({ name, budget, runbook }) =>
  BURNS.map(({ factor, long, short, severity }) => {
    const bound = Number((factor * budget).toFixed(6));
    return {
      name: `Guildhall${name[0]?.toUpperCase()}${name.slice(1)}Burn${long}`,
      expr: `${ratio(name, long)} > ${bound} and ${ratio(name, short)} > ${bound}`,
      severity,
      summary: `Its error budget of ${name} burns ${factor} times as fast as it may`,
      runbook,
    };
  }),
);

export const ALERTS: readonly Alert[] = [
  ...burning,
  {
    name: "GuildhallStoreBehind",
    expr: "max(guildhall_fanout_store_lag_seconds) > 120",
    severity: "warn",
    summary: "The store is more than two minutes behind the journal",
    runbook: "store-behind",
  },
  {
    name: "GuildhallStoreFarBehind",
    expr: "max(guildhall_fanout_store_lag_seconds) > 900",
    severity: "page",
    summary: "The store is 15 minutes behind; commands are refused when memory or journal are full",
    runbook: "store-behind",
  },
  {
    name: "GuildhallPartitionUnverified",
    expr: "max by (instance) (guildhall_gateway_unverified_partitions) > 0",
    for: "30s",
    severity: "page",
    summary: "A gateway hears nothing of an owner and delivers nothing of its partitions",
    runbook: "partitions",
  },
  {
    name: "GuildhallLeasesLost",
    expr: "sum(increase(guildhall_fanout_leases_lost_total[10m])) > 3",
    severity: "warn",
    summary: "Owners lose partitions that they had not given up",
    runbook: "partitions",
  },
  {
    name: "GuildhallHolesGivenUp",
    expr: "sum(increase(guildhall_gateway_holes_given_up_total[5m])) > 0",
    severity: "page",
    summary: "A hole in a lane could not be filled: clients got a gap",
    runbook: "lost-data",
  },
  {
    name: "GuildhallRelayParked",
    expr: "sum(increase(guildhall_fanout_relay_parked_total[1h])) > 0",
    severity: "page",
    summary: "A consequence for another entity was refused for good",
    runbook: "lost-data",
  },
  {
    name: "GuildhallFramesDropped",
    expr: "sum(increase(guildhall_gateway_dropped_frames_total[5m])) > 0",
    severity: "page",
    summary: "Frames were lost over the hard bound of a socket",
    runbook: "slow-readers",
  },
  {
    name: "GuildhallSlowReaders",
    expr: "sum(increase(guildhall_gateway_slow_closes_total[5m])) > 0.02 * sum(guildhall_gateway_connections)",
    severity: "warn",
    summary: "More than 2 % of the clients read too slowly",
    runbook: "slow-readers",
  },
  {
    name: "GuildhallFailClosed",
    expr: "sum(rate(guildhall_permission_fail_closed_total[5m])) > 0.01 * sum(rate(guildhall_permission_checks_total[5m]))",
    for: "2m",
    severity: "page",
    summary: "More than 1 % of the questions of permission are refused because nobody can tell",
    runbook: "permission",
  },
  {
    name: "GuildhallSignInChecksFail",
    expr: "sum(increase(guildhall_gateway_sign_in_checks_failed_total[5m])) > 0",
    for: "5m",
    severity: "warn",
    summary: "Owners do not answer whether sign-ins still hold",
    runbook: "permission",
  },
  {
    name: "GuildhallReconnectStorm",
    expr:
      "sum(rate(guildhall_gateway_handshakes_total[5m])) > 10 and " +
      "sum(rate(guildhall_gateway_handshakes_total[5m])) > 5 * sum(rate(guildhall_gateway_handshakes_total[1d]))",
    severity: "page",
    summary: "Five times as many handshakes as usual",
    runbook: "reconnects",
  },
  {
    name: "GuildhallRefreshRefused",
    expr:
      "sum(rate(guildhall_api_refresh_refused_total[10m])) > 0.1 and " +
      "sum(rate(guildhall_api_refresh_refused_total[10m])) > 10 * sum(rate(guildhall_api_refresh_refused_total[1d]))",
    severity: "warn",
    summary: "Ten times as many refresh tokens as usual do not hold: somebody may be trying stolen ones",
    runbook: "abuse",
  },
  {
    // 200 ms late: the timer's own 50 ms are in it.
    name: "GuildhallEventLoopLate",
    expr: 'max by (instance) (nodejs_eventloop_lag_p99_seconds{job=~"guildhall.*"}) > 0.25',
    for: "2m",
    severity: "page",
    summary: "A process answers a quarter of a second late",
    runbook: "slow-process",
  },
  {
    name: "GuildhallDown",
    expr: 'up{job=~"guildhall.*"} == 0',
    for: "1m",
    severity: "page",
    summary: "A process does not answer when its metrics are read",
    runbook: "slow-process",
  },
  {
    name: "GuildhallWatchdog",
    expr: "vector(1)",
    severity: "ticket",
    summary: "Always fires: where it does not arrive, alerts do not",
    runbook: "watchdog",
  },
];
