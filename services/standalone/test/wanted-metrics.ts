/**
 * What operators must be able to see, and the metrics that show it. A subject without a metric says why.
 * docs.e2e.test.ts holds the names against what is exported.
 */
export const WANTED: Readonly<Record<string, readonly string[] | { readonly why: string }>> = {
  "connections, by whether they have said hello": [
    "guildhall_gateway_connections",
    "guildhall_gateway_silent_connections",
  ],
  "handshakes by result": ["guildhall_gateway_handshakes_total"],
  "ends of connections by code": ["guildhall_gateway_closes_total"],
  "time of a sign-in": ["guildhall_api_request_seconds"],
  "commands by name and outcome, and their time": ["guildhall_gateway_command_seconds"],
  "time from a command's arrival at its owner to what is durable": ["guildhall_fanout_command_seconds"],
  "time of a delivery": ["guildhall_gateway_delivery_seconds"],
  "recipients of an event": ["guildhall_gateway_deliveries_total", "guildhall_gateway_events_received_total"],
  "slow readers, and what they lost": ["guildhall_gateway_slow_closes_total", "guildhall_gateway_dropped_frames_total"],
  "resumes, whole or with a gap": ["guildhall_gateway_resumes_full_total", "guildhall_gateway_resumes_gap_total"],
  "how far the journal and the store are": ["guildhall_fanout_journal_position", "guildhall_fanout_stored_position"],
  "how far the store is behind": ["guildhall_fanout_store_lag_seconds", "guildhall_fanout_backlog_bytes"],
  "size of the journal": ["guildhall_fanout_journal_bytes"],
  "refusals at the owner by reason": ["guildhall_fanout_command_seconds"],
  "repeated commands": ["guildhall_fanout_commands_repeated_total"],
  "holes in a lane": ["guildhall_gateway_holes_filled_total", "guildhall_gateway_holes_given_up_total"],
  "checks of permission, their results and time": [
    "guildhall_permission_checks_total",
    "guildhall_permission_check_seconds",
  ],
  "permission that fails closed": ["guildhall_permission_fail_closed_total"],
  "sign-ins that ended": ["guildhall_gateway_revoked_closes_total"],
  "lost leases": ["guildhall_fanout_leases_lost_total"],
  "refusals because of a limit": ["guildhall_gateway_rate_limited_total", "guildhall_api_rate_limited_total"],
  "breaches of the protocol by reason": ["guildhall_gateway_protocol_violations_total"],
  "event loop and memory": ["nodejs_eventloop_lag_p99_seconds", "process_resident_memory_bytes"],
  "time from the end of a sign-in to its last connection": { why: "no owner learns when the last gateway has acted" },
  "time of a sync to disk": { why: "not measured yet; guildhall_fanout_command_seconds includes it" },
  "age of an audit checkpoint": { why: "auditors keep them outside of the servers" },
  webhooks: { why: "there are none yet" },
};
