// Families of metrics: a histogram or summary is one family, with its `_sum`, `_count` and `_bucket`.

const PARTS = ["_bucket", "_count", "_sum"];
// Made from other series, about the alerts themselves, or the time since a start.
const ASIDE = /^(?:ALERTS(?:_FOR_STATE)?|anomaly_(?:score|active).*|alerts_.*|.*_uptime(?:_seconds)?)$/;
const TELEMETRY = /^(?:otel_sdk|telemetry)_/;

/** The name of a metric without the ending of a histogram's part. */
export function familyOf(name: string): string {
  const part = PARTS.find((each) => name.endsWith(each));
  return part === undefined ? name : name.slice(0, -part.length);
}

// Statistics of one distribution as metrics of their own, such as `nodejs_eventloop_delay_p99_seconds`. A minimum and a
// maximum without a time or size at the end are limits, such as `pool_max_connections`.
const STATISTIC = /_(?:mean|stddev|p\d+|(?:min|max)(?=_(?:seconds|bytes)))(?=_|$)/;

/** The name of a distribution, from that of one of its statistics. Other names stay as they are. */
export function distributionOf(name: string): string {
  return name.replace(STATISTIC, "");
}

/**
 * Whether a series says the same as one of the metrics: it is of their family, or recorded from it. The names of recorded
 * metrics have the form `level:metric:operations`.
 */
export function isOwn(name: string, families: ReadonlySet<string>): boolean {
  if (families.has(familyOf(name))) return true;
  if (!name.includes(":")) return false;
  return name.split(":").some((part) => families.has(familyOf(part)) || families.has(`${part}_total`));
}

/**
 * Whether a series says nothing about what the metrics are about: it is made from others, or is the time since a start. The telemetry
 * itself slows down with an application, and counts only for metrics of its own.
 */
export function isAside(name: string, families: ReadonlySet<string>): boolean {
  return ASIDE.test(name) || (TELEMETRY.test(name) && ![...families].some((own) => TELEMETRY.test(own)));
}
