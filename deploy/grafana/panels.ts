/** One panel: what it shows, in which unit of Grafana, and what is asked. `legend` names a label or a word. */
export type Panel = {
  readonly title: string;
  readonly unit: "s" | "reqps" | "ops" | "short" | "bytes" | "Bps";
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
};

export type Dashboard = { readonly uid: string; readonly title: string; readonly panels: readonly Panel[] };

const rate = (metric: string): string => `sum(rate(${metric}[$__rate_interval]))`;
const rateBy = (metric: string, label: string): string => `sum by (${label}) (rate(${metric}[$__rate_interval]))`;

/** The middle and the slow end of a histogram. */
const times = (title: string, metric: string): Panel => ({
  title,
  unit: "s",
  queries: ["0.5", "0.99", "0.999"].map((share) => ({
    expr: `histogram_quantile(${share}, sum by (le) (rate(${metric}_bucket[$__rate_interval])))`,
    legend: share,
  })),
});

const one = (title: string, unit: Panel["unit"], expr: string, legend = "all"): Panel => ({
  title,
  unit,
  queries: [{ expr, legend }],
});

export const DASHBOARDS: readonly Dashboard[] = [
  {
    uid: "guildhall-signals",
    title: "Guildhall: golden signals",
    panels: [
      one("Commands by outcome", "reqps", rateBy("guildhall_gateway_command_seconds_count", "outcome"), "{{outcome}}"),
      times("Command, from frame to answer", "guildhall_gateway_command_seconds"),
      times("Event, from decision to sockets", "guildhall_gateway_delivery_seconds"),
      one("Deliveries", "ops", rate("guildhall_gateway_deliveries_total")),
      one("Connections", "short", "sum(guildhall_gateway_connections)"),
      one("Handshakes by result", "ops", rateBy("guildhall_gateway_handshakes_total", "result"), "{{result}}"),
      one("Closes by code", "ops", rateBy("guildhall_gateway_closes_total", "code"), "{{code}}"),
      times("HTTP request", "guildhall_api_request_seconds"),
    ],
  },
  {
    uid: "guildhall-partitions",
    title: "Guildhall: partitions and store",
    panels: [
      times("Command at the owner", "guildhall_fanout_command_seconds"),
      one("Records appended", "ops", rate("guildhall_fanout_records_total")),
      one("Bytes of records", "Bps", rate("guildhall_fanout_record_bytes_total")),
      one("Age of what is not stored", "s", "max(guildhall_fanout_store_lag_seconds)"),
      one("Records that wait for the store", "bytes", "sum(guildhall_fanout_backlog_bytes)"),
      one("Partitions owned", "short", "sum by (instance) (guildhall_fanout_partitions_owned)", "{{instance}}"),
      one("Takeovers", "ops", rate("guildhall_fanout_takeovers_total")),
      one("Consequences refused for good", "ops", rate("guildhall_fanout_relay_parked_total")),
    ],
  },
];
