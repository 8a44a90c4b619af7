// Random parts of expressions: selectors, durations, labels, literals.
import fc from "fast-check";
import { FIRST_MILLIS, METRICS } from "./random-series.ts";

/** Joins texts. */
export function concat(...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> {
  const arbitraries = parts.map((part) => (typeof part === "string" ? fc.constant(part) : part));
  return fc.tuple(...arbitraries).map((texts) => texts.join(""));
}

/** A window, often with edges at samples. */
export const duration: fc.Arbitrary<string> = fc.constantFrom("1m", "2m", "5m", "5m", "10m", "1m30s", "15s");

// Mostly in the middle, in which most series have samples.
const interval = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 10, max: 140 }) },
  { weight: 1, arbitrary: fc.integer({ min: -4, max: 200 }) },
);

/** A time around the samples, often at a sample. */
export const unixSeconds: fc.Arbitrary<number> = fc
  .tuple(interval, fc.constantFrom(0, 0, 0, 7.5, 0.137))
  .map(([n, seconds]) => FIRST_MILLIS / 1_000 + n * 15 + seconds);

/** A list of labels, of which some are missing. */
export const labelList: fc.Arbitrary<string> = fc
  .subarray(["job", "instance", "code", "le", "nothing"], { maxLength: 3 })
  .map((labels) => labels.join(", "));

/** A string, for functions whose strings have no further meaning. */
export const literal: fc.Arbitrary<string> = fc.constantFrom('""', '"a"', "'b'", "`c`");

/** Name of a metric, as a selector. */
export function metricName(isPlain: boolean): fc.Arbitrary<string> {
  const { counter, gauge, classic, native } = METRICS;
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...counter) },
    { weight: 4, arbitrary: fc.constantFrom(...gauge) },
    { weight: 2, arbitrary: fc.constantFrom(...classic) },
    { weight: 1, arbitrary: fc.constantFrom("nothing", "target_info") },
    ...(isPlain
      ? []
      : [
          { weight: 4, arbitrary: fc.constantFrom(...native) },
          { weight: 1, arbitrary: fc.constant('{"http.size"}') },
        ]),
  );
}

/** A selector, with a range if it is defined. */
export function selector(isPlain: boolean, range?: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const named = fc.tuple(metricName(isPlain), matchers).map(([name, text]) => {
    if (text === "") return name;
    return name.startsWith("{") ? `${name.slice(0, -1)}, ${text}}` : `${name}{${text}}`;
  });
  const unnamed = fc.constantFrom(
    '{__name__=~"requests_total|errors_total"}',
    '{__name__=~"t.+", job="a"}',
    '{job="b", __name__!~"latency.*|mixed|wait|size.*"}',
    '{instance="1", code!=""}',
  );
  const matched = fc.oneof({ weight: 9, arbitrary: named }, { weight: 1, arbitrary: unnamed });
  return concat(matched, range === undefined ? "" : concat("[", range, "]"), shift);
}

const matcher = fc.constantFrom(
  'job="a"',
  'job!="a"',
  'job=~"a|c"',
  'instance=~"[01]"',
  'instance!~"0.*"',
  'code=~".+"',
  'code=""',
  'nothing=""',
  'nothing!=""',
  'job=~"(?i:A)"',
);

const matchers = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 2, arbitrary: matcher },
  { weight: 1, arbitrary: concat(matcher, ", ", matcher) },
);

const at = fc.oneof(unixSeconds.map(String), fc.constantFrom("start()", "end()"));
const offset = fc.constantFrom("1m", "15s", "5m", "-30s", "7s500ms");
const shift = fc.oneof(
  { weight: 8, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: concat(" offset ", offset) },
  { weight: 1, arbitrary: concat(" @ ", at) },
  { weight: 1, arbitrary: concat(" @ ", at, " offset ", offset) },
);
