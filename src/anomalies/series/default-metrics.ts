// Metrics that are watched by default: rates, errors, durations, queues, utilization.

const NAMES = [
  "coordination_(messages|leader_changes|message_latency|lock_(wait|hold)_duration|active_nodes)",
  "messages?_(sent|received|queue_size|processing_duration)",
  "messaging_.*(messages|duration)",
  "health_check_duration",
  "kernel_(messages_.*|message_processing_duration|queue_size|cpu_time|memory_usage|utilization|errors|throughput|error_rate)",
  "commands?_(executed|duration)",
  "application_call_duration",
  "network_(tcp_connect_duration|http_request_duration|checks|throughput)",
  "connection_pool_(waiting|idle)",
  "(http|rpc|db|dns|graphql)_.*(duration|requests|size|operations?|connections?)",
  "(nodejs|v8js)_(eventloop_(delay_p99|utilization)|gc_duration|memory_heap_used)",
  "process_(cpu_(time|utilization)|memory_usage|open_file_descriptor_count)",
  "system_(cpu_utilization|memory_utilization|filesystem_utilization|disk_io|network_(io|errors|dropped))",
];
// Prometheus adds the unit and the type to a name.
const WATCHED = new RegExp(`^(${NAMES.join("|")})(_[a-z]+)*$`);

/** Whether a metric is watched without a selector of its own. */
export function isWatchedByDefault(name: string): boolean {
  return WATCHED.test(name);
}
