import {
  type Check,
  check,
  type Checks,
  duration,
  inMillis,
  isObject,
  number,
} from "../../../options/check.ts";
import { MAX_TIMER_SECONDS } from "../../../options/check.ts";
import { longInterval } from "../../../options/long-interval.ts";
import { type Parser, prefixOf, Section } from "../../../options/parser.ts";
import type { AlertMatchers } from "../routing/alert-matchers.ts";
import type { Route } from "../routing/group-table.ts";
import type { InhibitionRule } from "../routing/inhibition.ts";
import { MATCHERS } from "../routing/silences.ts";
import type { DeliverySettings } from "../settings.ts";
import { type MuteTimeOptions, muteTimesFrom } from "./mute-time-options.ts";
import { type ReceiverOptions, receiversFrom } from "./receiver-options.ts";

/** Grouping of alerts into notifications, as Alertmanager does it. */
export interface RouteOptions {
  /**
   * Labels by whose values alerts are grouped; `["..."]` for all labels.
   *
   * @defaultValue ["alertname"]
   */
  readonly groupBy?: readonly string[] | undefined;
  /**
   * Seconds from the first alert of a new group to its notification.
   *
   * @defaultValue 30
   */
  readonly groupWait?: number | undefined;
  /**
   * Seconds between two notifications of a group that has changed.
   *
   * @defaultValue 300
   */
  readonly groupInterval?: number | undefined;
  /**
   * Seconds after which a group that fires unchanged is sent again.
   *
   * @defaultValue 14400
   */
  readonly repeatInterval?: number | undefined;
}

/** Inhibition: while an alert that matches `source` fires, those that match `target` are not sent. */
export interface InhibitOptions {
  /** Matchers of the alert that fires, such as `alertname="NodeDown"`. */
  readonly source: AlertMatchers;
  /** Matchers of the alerts that are not sent, such as `severity="warning"`. */
  readonly target: AlertMatchers;
  /** Names of labels that both alerts must have with equal values; a missing label is equal to an empty one. */
  readonly equal?: readonly string[] | undefined;
}

/** Options of the delivery of alerts. */
export interface DeliveryOptions {
  /**
   * Destinations of notifications.
   *
   * @defaultValue [{ type: "log" }]
   */
  readonly receivers?: readonly ReceiverOptions[] | undefined;
  /** Grouping; see {@link RouteOptions}. */
  readonly route?: RouteOptions | undefined;
  /** Inhibition rules; none by default. */
  readonly inhibit?: readonly InhibitOptions[] | undefined;
  /** Times at which nothing is sent; none by default. */
  readonly muteTimes?: readonly MuteTimeOptions[] | undefined;
  /**
   * Seconds between two evaluations.
   *
   * @defaultValue 15
   */
  readonly interval?: number | undefined;
}

const NAMES = [
  "receivers",
  "route",
  "inhibit",
  "muteTimes",
  "interval",
] as const satisfies (keyof DeliveryOptions)[];

const LABELS: Check<readonly string[]> = check(
  "be a list of label names",
  (value): value is readonly string[] =>
    Array.isArray(value) && value.every((each) => typeof each === "string" && each !== ""),
);

const ROUTE: Checks<Required<RouteOptions>> = {
  groupBy: LABELS,
  groupWait: inMillis({
    must: `be a number of seconds from 0 to ${MAX_TIMER_SECONDS}`,
    read: (value) => {
      const seconds = number("", 0).read(value);
      return seconds !== undefined && seconds <= MAX_TIMER_SECONDS ? seconds : undefined;
    },
  }),
  groupInterval: inMillis(duration),
  repeatInterval: inMillis(duration),
};

const INHIBIT = { source: MATCHERS, target: MATCHERS, equal: LABELS };

/** Options of a delivery, parsed once. */
export const DELIVERY: Section<DeliverySettings> = new Section("alerts", (parser, given, place) => {
  if (!isObject(given)) parser.problem(place, given, `be an object with ${NAMES.join(", ")}`);
  else parser.refuseUnknown(prefixOf(place), given, NAMES);
  return deliveryFrom(parser, isObject(given) ? given : {}, place);
});

/** Parses the fields of {@link DeliveryOptions} in an object that may have others. `place` is the object's name. */
export function deliveryFrom(
  parser: Parser,
  given: Readonly<Record<string, unknown>>,
  place: string,
): DeliverySettings {
  const prefix = prefixOf(place);
  const { receivers, route, inhibit, muteTimes, interval } = given;
  const intervalSeconds = parser.optional(`${prefix}interval`, interval, duration) ?? 15;
  parser.warnings.push(...longInterval(`${prefix}interval`, intervalSeconds));
  return {
    receivers:
      receivers === undefined
        ? [{ kind: "log", name: "log" }]
        : receiversFrom(parser, receivers, `${prefix}receivers`),
    route: routeFrom(parser, route, `${prefix}route`),
    inhibit: inhibit === undefined ? [] : inhibitionFrom(parser, inhibit, `${prefix}inhibit`),
    muteTimes: muteTimes === undefined ? [] : muteTimesFrom(parser, muteTimes, `${prefix}muteTimes`),
    intervalSeconds,
  };
}

function routeFrom(parser: Parser, given: unknown, place: string): Route {
  const route = given === undefined ? {} : parser.fields<Required<RouteOptions>>(place, given, ROUTE);
  return {
    groupBy: route.groupBy ?? ["alertname"],
    groupWaitMillis: route.groupWait ?? 30_000,
    groupIntervalMillis: route.groupInterval ?? 300_000,
    repeatIntervalMillis: route.repeatInterval ?? 14_400_000,
  };
}

function inhibitionFrom(parser: Parser, given: unknown, place: string): readonly InhibitionRule[] {
  if (!Array.isArray(given)) {
    parser.problem(
      place,
      given,
      "be a list such as [{ source: 'alertname=\"NodeDown\"', target, equal: ['instance'] }]",
    );
    return [];
  }
  const list: readonly unknown[] = given;
  return list.flatMap((each, i) => {
    const own = `${place}[${i}]`;
    const { source, target, equal = [] } = parser.fields<InhibitionRule>(own, each, INHIBIT);
    for (const side of ["source", "target"]) {
      if (isObject(each) && each[side] === undefined)
        parser.problem(`${own}.${side}`, undefined, MATCHERS.must);
    }
    return source === undefined || target === undefined ? [] : [{ source, target, equal }];
  });
}
