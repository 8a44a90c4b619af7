// Random programs of prom-client's API, run with any library that has it.
import fc from "fast-check";

/** prom-client's API, as far as programs use it. */
export interface Library {
  readonly Registry: new (type?: never) => object;
  readonly Counter: new (configuration: never) => object;
  readonly Gauge: new (configuration: never) => object;
  readonly Histogram: new (configuration: never) => object;
  readonly Summary: new (configuration: never) => object;
}

export interface Step {
  readonly target: number;
  readonly method: string;
  readonly given: readonly unknown[];
  /** Method of the child that `labels()` returns, if the step is for one. */
  readonly child?: { readonly method: string; readonly given: readonly unknown[] };
}

export interface Program {
  readonly isOpenMetrics: boolean;
  readonly defaultLabels: Readonly<Record<string, string>> | undefined;
  readonly metrics: readonly { readonly kind: MetricKind; readonly configuration: Record<string, unknown> }[];
  readonly steps: readonly Step[];
}

type MetricKind = "Counter" | "Gauge" | "Histogram" | "Summary";

const LABEL_NAMES = [[], ["a"], ["a", "b"], ["b", "c", "a"]];
const oneOfEachText = fc.constantFrom<unknown>("x", "y", 'q"\\\n', "", "1", 200, true, null, "é");
const value = fc.oneof(
  { weight: 3, arbitrary: oneOfEachText },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(1, "200", undefined) },
);
// Without unknown labels that are undefined: docs/from-prom-client.md.
const labelsWith = (each: fc.Arbitrary<unknown>, isKnown: (name: string) => boolean) =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record({ a: each, b: each, c: each }, { requiredKeys: [] })
        .map((given) =>
          Object.fromEntries(
            Object.entries(given).filter(([name, own]) => own !== undefined || isKnown(name)),
          ),
        ),
    },
    { weight: 1, arbitrary: fc.constant({ unknown: "x" }) },
    { weight: 1, arbitrary: fc.constant({}) },
  );
// Sums of several are exact in any order: calls of `inc()` without arguments are added up first.
const amount = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 2, 0.5, 3.25, 1e21, 2 ** -30, 100) },
  { weight: 1, arbitrary: fc.constantFrom(-1, Number.NaN, Infinity, -Infinity, "5", null, undefined) },
);

const METHODS: Readonly<Record<MetricKind, readonly string[]>> = {
  Counter: ["inc"],
  Gauge: ["inc", "dec", "set"],
  Histogram: ["observe"],
  Summary: ["observe"],
};

function stepOf(target: number, kind: MetricKind, names: unknown): fc.Arbitrary<Step> {
  const method = fc.constantFrom(...METHODS[kind]);
  // Ours are shown with the labels by which they were created, prom-client's gauges with those of the last `set()`.
  const each = kind === "Gauge" ? oneOfEachText : value;
  const labels = labelsWith(each, (name) => Array.isArray(names) && names.includes(name));
  const ofSeries = fc.oneof(fc.tuple(labels, amount), fc.tuple(labels), fc.tuple(amount), fc.constant([]));
  const ofLabels = fc.oneof(fc.tuple(labels), fc.array(each, { maxLength: 3 }));
  return fc.oneof(
    { weight: 12, arbitrary: fc.record({ target: fc.constant(target), method, given: ofSeries }) },
    {
      weight: 3,
      arbitrary: fc.record({
        target: fc.constant(target),
        method: fc.constant("labels"),
        given: ofLabels.filter(([first]) => first !== null),
        child: fc.record({ method, given: fc.tuple(amount) }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ target: fc.constant(target), method: fc.constant("remove"), given: ofLabels }),
    },
    { weight: 1, arbitrary: fc.constant({ target, method: "reset", given: [] }) },
    ...(kind === "Histogram"
      ? [
          {
            weight: 1,
            arbitrary: fc.record({
              target: fc.constant(target),
              method: fc.constant("zero"),
              given: fc.tuple(labels),
            }),
          },
        ]
      : []),
  );
}

const metricToCreate = fc
  .record({
    kind: fc.constantFrom<MetricKind>("Counter", "Gauge", "Histogram", "Summary"),
    name: fc.constantFrom("m_total", "n", "o:p", "_q", "bad name", ""),
    help: fc.constantFrom("help", "two\nlines \\", ""),
    labelNames: fc.constantFrom(...LABEL_NAMES, ["bad-name"]),
    buckets: fc.constantFrom(undefined, [1, 2, 5], [], [5, 1, 2], [1, 1, 3], [0.5, Infinity]),
    percentiles: fc.constantFrom(undefined, [0.5], [0, 0.25, 1]),
    aggregator: fc.constantFrom(undefined, "max", "omit"),
  })
  .map(({ kind, ...rest }) => ({
    kind,
    configuration: Object.fromEntries(
      Object.entries(rest).filter(
        ([key, each]) =>
          each !== undefined &&
          (key !== "buckets" || kind === "Histogram") &&
          (key !== "percentiles" || kind === "Summary"),
      ),
    ),
  }));

export const programs: fc.Arbitrary<Program> = fc
  .record({
    isOpenMetrics: fc.boolean(),
    defaultLabels: fc.constantFrom(undefined, undefined, { env: "t" }, { a: "default", z: "1" }),
    metrics: fc.array(metricToCreate, { minLength: 1, maxLength: 4 }),
  })
  .chain((head) =>
    fc.record({
      isOpenMetrics: fc.constant(head.isOpenMetrics),
      defaultLabels: fc.constant(head.defaultLabels),
      metrics: fc.constant(head.metrics),
      steps: fc.array(
        fc.oneof(
          ...head.metrics.map(({ kind, configuration }, i) => stepOf(i, kind, configuration["labelNames"])),
        ),
        { maxLength: 30 },
      ),
    }),
  );

export interface Outcome {
  /** Errors of the steps, as text: the class and the message. */
  readonly errors: readonly string[];
  readonly json: unknown;
  readonly text: string;
  readonly again: string;
}

const TYPES = [
  "text/plain; version=0.0.4; charset=utf-8",
  "application/openmetrics-text; version=1.0.0; charset=utf-8",
];

/** Runs a program and describes all that can be seen of it. */
export async function outcomeOf(library: Library, program: Program): Promise<Outcome> {
  const errors: string[] = [];
  const attempt = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      errors.push(error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error));
      return undefined;
    }
  };
  const registry = Reflect.construct(library.Registry, [TYPES[Number(program.isOpenMetrics)]]);
  if (program.defaultLabels !== undefined) call(registry, "setDefaultLabels", [program.defaultLabels]);
  const metrics = program.metrics.map(({ kind, configuration }) =>
    attempt(() => Reflect.construct(library[kind], [{ ...configuration, registers: [registry] }])),
  );
  for (const { target, method, given, child } of program.steps) {
    const metric = metrics[target];
    if (metric === undefined) continue;
    attempt(() => {
      const result = call(metric, method, copied(given));
      return child === undefined ? undefined : call(result, child.method, child.given);
    });
  }
  const text = String(await call(registry, "metrics", []));
  const json = await call(registry, "getMetricsAsJSON", []);
  call(registry, "resetMetrics", []);
  return { errors, json, text, again: String(await call(registry, "metrics", [])) };
}

// The library keeps the caller's objects.
function copied(given: readonly unknown[]): unknown[] {
  return given.map((each) => (typeof each === "object" && each !== null ? { ...each } : each));
}

function call(object: unknown, method: string, given: readonly unknown[]): unknown {
  const found: unknown = Reflect.get(Object(object), method);
  if (typeof found !== "function") throw new TypeError(`there is no method ${method}`);
  return Reflect.apply(found, object, [...given]);
}
