// Random programs of rules over random series.
import fc from "fast-check";

/** A program: rules and series in promtool's notation. */
export interface RuleProgram {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly Readonly<Record<string, unknown>>[];
  }[];
  readonly series: readonly { readonly series: string; readonly values: string }[];
}

/** Number of steps of a program, of one minute each. */
export const STEPS = 25;

const names = fc.constantFrom("x", "y", "z");
const duration = fc.constantFrom("0s", "30s", "1m", "2m", "3m", "5m");
const threshold = fc.integer({ min: -2, max: 6 });
const comparison = fc.constantFrom(">", "<", ">=", "<=", "==", "!=");
const set = fc.constantFrom("and", "or", "unless");
const grouping = fc.constantFrom("by (job)", "by (job, i)", "without (i)", "by ()");

// Names of the metrics that recording rules write, and of the alerts.
const recorded = fc.constantFrom("r:0", "r:1", "r:2", "r:3");
const alert = fc.constantFrom("A", "B", "C");

const vector: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: names },
  { weight: 1, arbitrary: names.map((name) => `${name}{job="a"}`) },
  { weight: 2, arbitrary: recorded },
  { weight: 1, arbitrary: fc.tuple(grouping, names).map(([by, name]) => `sum ${by} (${name})`) },
  { weight: 1, arbitrary: names.map((name) => `max_over_time(${name}[3m])`) },
  { weight: 1, arbitrary: names.map((name) => `changes(${name}[4m])`) },
  { weight: 1, arbitrary: names.map((name) => `count_over_time(${name}[2m])`) },
  { weight: 1, arbitrary: names.map((name) => `${name} offset 2m`) },
  { weight: 1, arbitrary: alert.map((name) => `ALERTS{alertname="${name}"}`) },
  { weight: 1, arbitrary: alert.map((name) => `ALERTS_FOR_STATE{alertname="${name}"}`) },
);

const condition: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(vector, comparison, threshold).map(([x, op, n]) => `${x} ${op} ${n}`) },
  { weight: 1, arbitrary: vector.map((x) => `absent(${x})`) },
  { weight: 1, arbitrary: fc.tuple(vector, set, vector).map(([x, op, y]) => `(${x} > 1) ${op} (${y} < 5)`) },
  { weight: 1, arbitrary: fc.tuple(vector, vector).map(([x, y]) => `(${x} > 1) and on (job) (${y} < 5)`) },
  { weight: 1, arbitrary: threshold.map((n) => `vector(time() % 300) > ${n * 50}`) },
);

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const alerting = fc
  .record({
    alert,
    expr: condition,
    for: optional(duration),
    keep_firing_for: optional(duration),
    labels: optional(
      fc.constantFrom(
        { severity: "page" },
        { value: "{{ $value }}" },
        { job: "" },
        { i: "of {{ $labels.job }}" },
      ),
    ),
    annotations: optional(fc.constantFrom({ text: "{{ $labels.job }} {{ $value | humanize }}" })),
  })
  .map(defined);

const recording = fc
  .record({ record: recorded, expr: vector, labels: optional(fc.constantFrom({ level: "r" }, { i: "" })) })
  .map(defined);

const values = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .tuple(threshold, fc.integer({ min: -2, max: 2 }), fc.integer({ min: 0, max: 6 }))
          .map(([n, step, times]) => `${n}${step < 0 ? "" : "+"}${step}x${times}`),
      },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 7 }).map((times) => `_x${times}`) },
      { weight: 1, arbitrary: fc.constantFrom("stale", "NaN", "Inf") },
    ),
    { minLength: 1, maxLength: 8 },
  )
  // Prometheus 2 includes a sample at the start of a range, so no sample is at the time of a step.
  .map((items) => ["_", ...items].join(" "));

/** A random program. */
export const rulePrograms: fc.Arbitrary<RuleProgram> = fc
  .record({
    groups: fc.array(
      fc.array(fc.oneof({ weight: 2, arbitrary: alerting }, { weight: 1, arbitrary: recording }), {
        minLength: 1,
        maxLength: 4,
      }),
      { minLength: 1, maxLength: 3 },
    ),
    series: fc.uniqueArray(
      fc.record({
        series: fc
          .tuple(names, fc.constantFrom("a", "b"), fc.constantFrom("1", "2"))
          .map(([name, job, i]) => `${name}{job="${job}",i="${i}"}`),
        values,
      }),
      { minLength: 1, maxLength: 8, selector: ({ series }) => series },
    ),
  })
  .map(({ groups, series }) => ({
    groups: groups.map((rules, i) => ({ name: `g${i}`, rules: rarelyTheSame(rules, i) })),
    series,
  }));

// Two rules of one name and labels may write the same series, which is an error.
function rarelyTheSame(
  rules: readonly Readonly<Record<string, unknown>>[],
  group: number,
): readonly Readonly<Record<string, unknown>>[] {
  return rules.map((rule, i) => ({
    ...rule,
    labels: { ...Object(rule["labels"]), rule: `${group}-${i % 3}` },
  }));
}

function defined(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
