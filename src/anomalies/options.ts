import { type Check, isObject, whole } from "../options/check.ts";
import { prefixOf, Section } from "../options/parser.ts";
import { parse, type Selector } from "../query/index.ts";
import { type DetectorOptions, FALSE_ALARMS, falseAlarmsFrom, SENSITIVITY } from "./false-alarms.ts";

/** Options of the detection of anomalies. */
export interface AnomalyOptions extends DetectorOptions {
  /**
   * PromQL selectors of further series: `orders_total`, `{__name__=~"queue_.*"}`. They come before the default ones,
   * which are rates, errors, durations, queues and use of resources.
   */
  readonly series?: readonly string[];
  /** Maximum number of series that are watched. @defaultValue 500 */
  readonly maxSeries?: number;
}

/** Parsed {@link AnomalyOptions}. */
export interface AnomalySettings {
  readonly selectors: readonly Selector[];
  readonly maxSeries: number;
  readonly falseAlarmsPerDay: number;
}

const NAMES = [
  "series",
  "maxSeries",
  "falseAlarmsPerDay",
  "sensitivity",
] as const satisfies (keyof AnomalyOptions)[];
const MAX_SERIES = 10_000;
const MAX_SELECTORS = 100;
const DEFAULT_SERIES = 500;

/** Selectors in PromQL. */
export const SELECTORS: Check<readonly Selector[]> = {
  must: `be an array of at most ${MAX_SELECTORS} selectors of PromQL, such as 'orders_total{region="eu"}', without offset and @`,
  read: (value) => {
    if (!Array.isArray(value) || value.length > MAX_SELECTORS) return undefined;
    const selectors = value.flatMap((each) => selectorFrom(each) ?? []);
    return selectors.length === value.length ? selectors : undefined;
  },
};

/** Parses a selector; `undefined` if it is not one, or has an offset or `@`: series are watched as they are now. */
export function selectorFrom(given: unknown): Selector | undefined {
  if (typeof given !== "string") return undefined;
  try {
    const expression = parse(given);
    if (expression.kind !== "selector") return undefined;
    return expression.offsetMillis === 0 && expression.at === undefined ? expression : undefined;
  } catch {
    return undefined;
  }
}

/** Options of the detection of anomalies, parsed once. */
export const ANOMALIES: Section<AnomalySettings> = new Section("anomalies", (parser, given, place) => {
  if (!isObject(given)) parser.problem(place, given, `be an object with ${NAMES.join(", ")}`);
  const options = isObject(given) ? given : {};
  const prefix = prefixOf(place);
  parser.refuseUnknown(prefix, options, NAMES);
  return {
    selectors: parser.optional(`${prefix}series`, options["series"], SELECTORS) ?? [],
    maxSeries:
      parser.optional(`${prefix}maxSeries`, options["maxSeries"], whole(1, MAX_SERIES)) ?? DEFAULT_SERIES,
    falseAlarmsPerDay: falseAlarmsFrom({
      falseAlarmsPerDay: parser.optional(
        `${prefix}falseAlarmsPerDay`,
        options["falseAlarmsPerDay"],
        FALSE_ALARMS,
      ),
      sensitivity: parser.optional(`${prefix}sensitivity`, options["sensitivity"], SENSITIVITY),
    }),
  };
});
