import fc from "fast-check";
import { FIRST_MILLIS } from "./random-store.ts";

/** Functions over windows; the last four need the samples. */
export const FUNCTIONS = [
  "last_over_time",
  "rate",
  "increase",
  "delta",
  "sum_over_time",
  "avg_over_time",
  "min_over_time",
  "max_over_time",
  "count_over_time",
  "present_over_time",
  "irate",
  "changes",
  "stddev_over_time",
  "absent_over_time",
] as const;

const selectors = fc.constantFrom(
  "sent_total",
  'sent_total{room="a"}',
  "level",
  "odd",
  "wait_bucket",
  'wait_bucket{le="1.0"}',
  "wait_sum",
  "wait_count",
  '{__name__=~"sent_total|level|wait_.*"}',
  'level{service_instance_id=~"p.*"}',
);
const shifts = fc.constantFrom(
  "",
  " offset 90s",
  " offset 10m",
  " offset -5m",
  ` @ ${FIRST_MILLIS / 1_000 + 1_200}`,
  " @ end()",
);
const durations = fc.constantFrom("30s", "1m", "95s", "5m", "10m", "20m", "1h");
const instants = fc.tuple(selectors, shifts).map(([selector, shift]) => selector + shift);
const calls = fc
  .tuple(fc.constantFrom(...FUNCTIONS), selectors, durations, shifts)
  .map(([name, selector, range, shift]) => `${name}(${selector}[${range}]${shift})`);
const extended = fc
  .tuple(fc.constantFrom("rate", "increase", "delta"), fc.constantFrom("anchored", "smoothed"), calls)
  .map(([name, modifier, call]) => call.replace(/^\w+/, name).replace("]", `] ${modifier}`));
const simple = fc.oneof(
  { weight: 6, arbitrary: instants },
  { weight: 6, arbitrary: calls },
  { weight: 1, arbitrary: extended },
  { weight: 1, arbitrary: selectors.map((each) => `${each} smoothed`) },
);
/** Random expressions over the series of a random store. */
export const expressions = fc.oneof(
  { weight: 4, arbitrary: simple },
  simple.map((each) => `max by (room) (${each})`),
  simple.map((each) => `topk(2, ${each})`),
  simple.map((each) => `(${each}) * 2`),
  simple.map((each) => `max_over_time((${each})[10m:2m])`),
  instants.map((each) => `timestamp(${each})`),
  fc.tuple(simple, simple).map(([left, right]) => `(${left}) or (${right})`),
);

/** Random range queries over a random store. */
export const ranges = fc.record({
  seed: fc.integer({ min: 0, max: 1e9 }),
  expression: expressions,
  from: fc.integer({ min: -300, max: 1_800 }),
  length: fc.integer({ min: 0, max: 3_000 }),
  step: fc.constantFrom(60, 61.5, 120, 300, 600, 900, 3_600),
  lookback: fc.constantFrom(20, 60, 300, 900),
  isAligned: fc.boolean(),
});
