// Metrics that are watched by default, the most important group first.

/** Patterns of names, by group. */
export const DEFAULT_GROUPS: readonly (readonly string[])[] = [
  // Requests: rates, errors and durations.
  ["(http|rpc|graphql)_.*(duration|requests|size|operations?|connections?)", "application_call_duration"],
  // Messages.
  ["messages?_(sent|received|processing_duration)", "messaging_.*(messages|duration)"],
  // Queues.
  ["message_queue_size", "kernel_queue_size", "connection_pool_(waiting|idle)"],
  // Commands, and what they call.
  [
    "commands?_(executed|duration)",
    "kernel_(messages_.*|message_processing_duration|cpu_time|memory_usage|utilization|errors|throughput|error_rate)",
    "(db|dns)_.*(duration|requests|size|operations?|connections?)",
    "network_(tcp_connect_duration|http_request_duration|checks|throughput)",
  ],
  // Coordination.
  [
    "coordination_(messages|leader_changes|message_latency|lock_(wait|hold)_duration|active_nodes)",
    "health_check_duration",
  ],
  // Runtime.
  [
    "(nodejs|v8js)_(eventloop_(delay_p99|utilization)|gc_duration|memory_heap_used)",
    "process_(cpu_(time|utilization)|memory_usage|unix_file_descriptor_count)",
  ],
  // Host.
  [
    "system_(cpu_utilization|memory_utilization|filesystem_utilization|disk_io|network_(io|errors|packet_dropped))",
  ],
];
// Prometheus adds the unit and the type to a name.
const WATCHED = DEFAULT_GROUPS.map((names) => new RegExp(`^(${names.join("|")})(_[a-z]+)*$`));

/** Rank of a metric that is watched by default: 1 is the most important. `undefined` if it is not watched by default. */
export function defaultRank(name: string): number | undefined {
  const group = WATCHED.findIndex((pattern) => pattern.test(name));
  return group < 0 ? undefined : group + 1;
}
