// Recording rules for dashboards that were made for prom-client.
import type { RuleGroup } from "../../alerts/parts.ts";

const DELAY = "nodejs_eventloop_delay";
const SPACE = "v8js_heap_space_name";
const RESOURCE = "v8js_resource_type";
const GC = "v8js_gc_type";

/** The default metrics of prom-client, as recording rules from ours. */
export const PROM_CLIENT_RULES: RuleGroup = {
  name: "tachymeter-prom-client",
  rules: Object.entries({
    process_cpu_user_seconds_total: mode("user"),
    process_cpu_system_seconds_total: mode("system"),
    process_cpu_seconds_total: "sum without (cpu_mode) (process_cpu_time_seconds_total)",
    // A scrape takes some milliseconds; rounded, the time stays the same.
    process_start_time_seconds: "round(timestamp(process_uptime_seconds) - process_uptime_seconds, 10)",
    process_resident_memory_bytes: "process_memory_usage_bytes",
    process_virtual_memory_bytes: "process_memory_virtual_bytes",
    process_open_fds: "process_unix_file_descriptor_count",
    process_max_fds: "process_unix_file_descriptor_limit",
    nodejs_eventloop_lag_seconds: `${DELAY}_mean_seconds`,
    ...Object.fromEntries(
      ["min", "max", "mean", "stddev", "p50", "p90", "p99"].map((part) => [
        `nodejs_eventloop_lag_${part}_seconds`,
        `${DELAY}_${part}_seconds`,
      ]),
    ),
    nodejs_active_resources: renamed("v8js_resource_active", RESOURCE, "type"),
    nodejs_active_resources_total: `sum without (${RESOURCE}) (v8js_resource_active)`,
    nodejs_active_requests_total: resources("=~", ".*Req.*"),
    nodejs_active_handles_total: resources("!~", ".*Req.*|Timeout|Immediate"),
    nodejs_heap_size_total_bytes: `sum without (${SPACE}) (v8js_memory_heap_space_size_bytes)`,
    nodejs_heap_size_used_bytes: `sum without (${SPACE}) (v8js_memory_heap_used_bytes)`,
    nodejs_external_memory_bytes: "v8js_memory_external_bytes",
    nodejs_heap_space_size_total_bytes: space("v8js_memory_heap_space_size_bytes"),
    nodejs_heap_space_size_used_bytes: space("v8js_memory_heap_used_bytes"),
    nodejs_heap_space_size_available_bytes: space("v8js_memory_heap_space_available_size_bytes"),
    ...Object.fromEntries(
      ["bucket", "sum", "count"].map((part) => [
        `nodejs_gc_duration_seconds_${part}`,
        renamed(`v8js_gc_duration_seconds_${part}`, GC, "kind"),
      ]),
    ),
    nodejs_version_info:
      'group by (job, instance, version) (label_replace(target_info{process_runtime_name="nodejs"}, "version", "v$1", "process_runtime_version", "v?(.+)"))',
  }).map(([record, expr]) => ({ record, expr })),
};

function mode(name: string): string {
  return `sum without (cpu_mode) (process_cpu_time_seconds_total{cpu_mode="${name}"})`;
}

function renamed(metric: string, label: string, to: string, pattern = "(.+)"): string {
  return `sum without (${label}) (label_replace(${metric}, "${to}", "$1", "${label}", "${pattern}"))`;
}

function space(metric: string): string {
  return renamed(metric, SPACE, "space", "(.+)_space");
}

// 0 if there are no such resources now.
function resources(operator: "=~" | "!~", pattern: string): string {
  const all = (matcher: string): string => `sum without (${RESOURCE}) (v8js_resource_active${matcher})`;
  return `${all(`{${RESOURCE}${operator}"${pattern}"}`)} or 0 * ${all("")}`;
}
