// Cases of monitors, and what their series have in common.
import { rate, slopes, type Timeline } from "./timelines.ts";

/** One fault, and the one alert that it must raise. */
export interface MonitorCase {
  readonly monitor: string;
  /** Selector without `job` and `instance`, and values. */
  readonly series: Readonly<Record<string, Timeline>>;
  /** Labels of the alert besides `alertname`, `severity`, `job` and `instance`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Other monitors that rightly fire, too, with the same labels. */
  readonly also?: readonly string[];
  /** Whether the alert is about the job, not about one of its processes. */
  readonly isOfJob?: boolean;
  /** Minutes at which nothing fires, the alert fires, and nothing fires again. */
  readonly minutes?: { readonly quiet: number; readonly fires: number; readonly clears: number };
}

/** Parts of a case that few cases have, and series without the labels of the alert. */
interface FaultDetails extends Pick<MonitorCase, "isOfJob" | "minutes"> {
  readonly alongside?: MonitorCase["series"];
}

/** A fault in series that have the labels of the alert, besides those of their selectors. */
export function fault(
  monitor: string,
  labels: Readonly<Record<string, string>>,
  series: MonitorCase["series"],
  { alongside = {}, ...details }: FaultDetails = {},
): MonitorCase {
  const own = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const selected = Object.entries(series).map(([selector, timeline]): [string, Timeline] => {
    const [name = "", more = ""] = selector.split(/[{}]/);
    return [`${name}{${[...own, more].filter((text) => text !== "").join(",")}}`, timeline];
  });
  return { monitor, labels, series: { ...alongside, ...Object.fromEntries(selected) }, ...details };
}

/** A process that runs on. */
export const UP: Readonly<Record<string, Timeline>> = {
  process_uptime_seconds: { faulty: slopes(3_600, [60, 240]), healthy: slopes(3_600, [60, 240]) },
};

/** A mean that is compared with that of 20 to 50 minutes before. */
export const SLOWER = { minutes: { quiet: 59, fires: 80, clears: 230 } };

/** Series that begin with the whole burst. */
export const BURST = { alongside: UP, minutes: { quiet: 59, fires: 67, clears: 85 } };

/** Cumulative buckets: `share` of the events per minute are within `le`, as usual and during the fault. */
export function buckets(
  name: string,
  labels: string,
  le: number,
  perMinute: number,
  usualShare: number,
  faultShare: number,
): Readonly<Record<string, Timeline>> {
  const prefix = labels === "" ? "" : `${labels},`;
  return {
    [`${name}_bucket{${prefix}le="${le}"}`]: rate(perMinute * usualShare, perMinute * faultShare),
    [`${name}_bucket{${prefix}le="10"}`]: rate(perMinute, perMinute),
    [`${name}_bucket{${prefix}le="+Inf"}`]: rate(perMinute, perMinute),
    [`${name}_count{${labels}}`]: rate(perMinute, perMinute),
  };
}

/** Sum and count of durations: a mean as usual and during the fault. */
export function durations(
  name: string,
  labels: string,
  perMinute: number,
  usual: number,
  faulty: number,
): Readonly<Record<string, Timeline>> {
  return {
    [`${name}_sum{${labels}}`]: rate(perMinute * usual, perMinute * faulty),
    [`${name}_count{${labels}}`]: rate(perMinute, perMinute),
  };
}
