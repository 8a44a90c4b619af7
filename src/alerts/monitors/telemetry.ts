import { count, multiple, range, seconds, share } from "./kinds.ts";
import {
  type Condition,
  fromFirstEvent,
  type Monitor,
  monitor,
  monitorOf,
  type NeededMetric,
} from "./monitor.ts";
import { increased, onceFull, ratioAbove, WHILE_RUNNING } from "./ratios.ts";
import { durationMillis } from "../rules/duration.ts";

const RUNS = "telemetry_collection_runs_total";

/** Monitors of Tachymeter itself. */
export const TELEMETRY: readonly Monitor[] = [
  monitor("collectionStopped", "critical", {
    needs: fromFirstEvent(RUNS),
    fires:
      "no periodic collection has ended for `window`, in which at least two ended before. Rarer collections are awaited for 12 windows",
    for: "2m",
    parameters: { window: range("5m") },
    expr: ({ window }) =>
      onceFull(`${runs(window)} == 0`, RUNS, window) + ` and (${wasFrequent(window)} or ${isOver(window)})`,
    summary: "Telemetry collection has stopped",
    description: `No collection has ended for {window} or longer: push readers, if there are some, export nothing. Look for an export that never ends, or, without push readers, for a call of stopCollection().`,
  }),
  monitor("collectionSlow", "warning", {
    needs: fromFirstEvent("telemetry_collection_duration_seconds"),
    fires: "a periodic collection takes longer than `threshold`",
    for: "2m",
    parameters: { threshold: seconds(5) },
    expr: ({ threshold }) => `max by (job, instance) (telemetry_collection_duration_seconds) > ${threshold}`,
    summary: "Telemetry collection is slow",
    description:
      "The last collection took {{ $value | humanizeDuration }}. Its figures are as old, and scrapes may time out. Look for slow observable callbacks and for too many series.",
  }),
  monitor("measurementsDropped", "warning", {
    fires: "measurements were dropped in `window`",
    parameters: { window: range("10m") },
    expr: ({ window }) =>
      `sum by (job, instance, reason) ${increased("telemetry_dropped_total", window)} > 0`,
    summary: "Measurements are dropped: {{ $labels.reason }}",
    description: `{{ $value | humanize }} measurements were dropped in {window}, so metrics are too low. The log names the instrument and the value.`,
  }),
  monitor("seriesOverflowing", "warning", {
    fires: "a metric has more series than its limit, so that some are added up in one",
    for: "1m",
    parameters: {},
    expr: `count by (job, instance, metric) (
  label_replace({otel_metric_overflow="true"} or ${WHILE_RUNNING}, "metric", "$1", "__name__", "(.+?)(?:_bucket|_sum|_count)?")
)`,
    summary: "Metric {{ $labels.metric }} has too many series",
    description:
      "New series of {{ $labels.metric }} are added up in one, without their attributes. Remove an attribute with many values by a view, or raise cardinalityLimit.",
  }),
  monitor("eventsDropped", "warning", {
    fires: "events were refused or lost in `window`",
    parameters: { window: range("10m") },
    // Reason buffer_full is normal: the oldest events are always replaced by new ones.
    expr: ({ window }) =>
      `sum by (job, instance, reason) ${increased(`telemetry_events_dropped_total{reason!="buffer_full"}`, window)} > 0`,
    summary: "Events are lost: {{ $labels.reason }}",
    description: `{{ $value | humanize }} events were refused, or a hook failed on them, in {window}. The log has the cause.`,
  }),
  monitor("outboxOld", "warning", {
    fires: "the oldest metrics in the outbox have waited for more than `threshold`",
    for: "1m",
    parameters: { threshold: seconds(600) },
    expr: ({ threshold }) => `max by (job, instance) (telemetry_outbox_age_seconds) > ${threshold}`,
    summary: "Metrics wait for their backend",
    description:
      "The oldest metrics have waited for {{ $value | humanizeDuration }}. They are sent once the backend is back, and dropped if the outbox is full before. Look whether the backend can be reached.",
  }),
  monitor("outboxDropped", "critical", {
    fires: "data points were dropped from the outbox in `window`",
    parameters: { window: range("10m") },
    expr: ({ window }) =>
      `sum by (job, instance, reason) ${increased("telemetry_outbox_dropped_total", window)} > 0`,
    summary: "Metrics are lost: {{ $labels.reason }}",
    description: `{{ $value | humanize }} data points were dropped in {window}, and the backend never gets them. Look why it is away or refuses them, and enlarge the outbox.`,
  }),
  monitor("exporterFailing", "warning", {
    needs: fromFirstEvent("otel_sdk_exporter_operation_duration_seconds_count"),
    fires:
      "more than `threshold` of the exports of a reader fail, with at least `events` failures in `window`",
    for: "2m",
    parameters: { threshold: share(0.5), window: range("10m"), events: count(3) },
    expr: (values) =>
      ratioAbove({
        ...values,
        bad: `otel_sdk_exporter_operation_duration_seconds_count{error_type!=""}`,
        total: "otel_sdk_exporter_operation_duration_seconds_count",
        by: "otel_component_name",
      }),
    summary: "Exports of {{ $labels.otel_component_name }} fail",
    description:
      "{{ $value | humanizePercentage }} of the exports fail. Label error_type of otel_sdk_exporter_operation_duration_seconds has the kinds. Look at the backend, its address and its credentials.",
  }),
  monitor("groupMemberSilent", "warning", {
    fires: "a process or thread of the group has not reported for more than `threshold`",
    for: "1m",
    parameters: { threshold: seconds(60) },
    expr: ({ threshold }) => `max by (job, instance) (telemetry_group_report_age_seconds) > ${threshold}`,
    summary: "A process of the group is silent",
    description:
      "A process or thread has not reported for {{ $value | humanizeDuration }}. Its event loop is blocked, or it is stopped. Look for state blocked in telemetry.group.members().",
  }),
  monitor("ruleFailing", "critical", {
    fires: "at least `events` evaluations of a group's rules have failed or were left out in `window`",
    parameters: { window: range("10m"), events: count(3) },
    expr: ({ window, events }) =>
      `sum by (job, instance, alert_rule_group) ${increased("alerts_rule_failures_total", window)} >= ${events}`,
    summary: "Rules of group {{ $labels.alert_rule_group }} fail",
    description: `{{ $value | humanize }} evaluations failed or were late in {window}, and their alerts neither fire nor resolve. The log has the rule and its error.`,
  }),
  monitor("notificationsFailing", "critical", {
    fires: "at least `events` notifications to a receiver have failed in `window`",
    parameters: { window: range("10m"), events: count(3) },
    expr: ({ window, events }) =>
      `sum by (job, instance, alert_receiver) ${increased("alerts_notifications_failed_total", window)} >= ${events}`,
    summary: "Receiver {{ $labels.alert_receiver }} gets no alerts",
    description: `{{ $value | humanize }} notifications have failed in {window}. They are sent again, and wait meanwhile. Look at the receiver's address and credentials.`,
  }),
];

function runs(window: string): string {
  return `sum by (job, instance) (increase(${RUNS}[${window}]))`;
}

// The interval of collections is not among the metrics. Collections at an interval above `window` are missing for a while.
function wasFrequent(window: string): string {
  return `max_over_time(${runs(window)}[${multiple(window, 12)}:${multiple(window, 0.2)}]) >= 2`;
}

function isOver(window: string): string {
  const long = multiple(window, 12);
  return onceFull(`${runs(long)} == 0`, RUNS, long);
}

/** The monitor of anomalies. Its severity is `info`, since an anomaly alone needs no action. */
export const ANOMALIES: readonly Monitor[] = [
  monitor("anomaly", "info", {
    fires: "a series that [option `anomalies`](anomalies.md) watches is unusual",
    for: "5m",
    // Without anomalies nothing is active.
    parameters: {},
    expr: `anomaly_active > 0 or ${WHILE_RUNNING}`,
    summary: "{{ $labels.anomaly_metric }} is unusual",
    description:
      "The {{ $labels.anomaly_kind }} of {{ $labels.anomaly_metric }} behaves unlike before. An anomaly alone needs no action. Annotation correlated has what changed together with it.",
  }),
];

/** The monitor of the other monitors' metrics: a rule for each metric. */
export const MISSING_METRICS: readonly Monitor[] = [
  monitorOf(
    "monitorBlind",
    "info",
    {
      fires:
        "a metric that monitors need was recorded by the process within `window`, and is no longer. After a restart, it waits for `window`. It waits for `after` if processes record the metric from their start on",
      for: "10m",
      parameters: { window: range("1h"), after: seconds(600) },
    },
    ({ window, after }, on) => {
      const windowSeconds = (durationMillis(window) ?? 0) / 1_000;
      return [...monitorsByMetric(on)].map(([metric, { isFromStart, names }]) =>
        missing(metric, names, window, isFromStart ? after : windowSeconds),
      );
    },
  ),
];

interface Dependents extends Pick<NeededMetric, "isFromStart"> {
  readonly names: string[];
}

function monitorsByMetric(monitors: readonly Monitor[]): ReadonlyMap<string, Dependents> {
  const dependents = new Map<string, Dependents>();
  for (const { name, needs } of monitors) {
    if (needs === undefined) continue;
    const { metric, isFromStart } = needs;
    const known = dependents.get(metric) ?? { isFromStart, names: [] };
    known.names.push(name);
    dependents.set(metric, known);
  }
  return dependents;
}

// All processes, without those that have the metric and those that did not have it lately. The uptime is on the left,
// so that the alert ends with the window: nothing else says that the metric is not needed any more.
function missing(metric: string, names: readonly string[], window: string, uptimeSeconds: number): Condition {
  return {
    expr: `group by (job, instance) (process_uptime_seconds >= ${uptimeSeconds})
  unless on (job, instance) ${metric}
  unless on (job, instance) (
    process_uptime_seconds unless on (job, instance) present_over_time(${metric}[${window}])
  )`,
    labels: { metric },
    summary: `Metric ${metric} is missing`,
    description: `Nothing records ${metric} any more, which was recorded within ${window}. Without it these monitors never fire: ${names.join(", ")}. Look for an instrumentation or a reader that has failed, or ignore this if the application no longer needs it.`,
  };
}
