// Random programs.
import { ValueType } from "@opentelemetry/api";
import fc from "fast-check";
import { type AggregationOption, AggregationType, InstrumentType } from "tachymeter/metrics";
import { identityOf } from "./limited-series.ts";
import {
  attributesIn,
  type InstrumentPlan,
  isObservable,
  matches,
  type Measurement,
  type MeasuredAttributes,
  type Program,
  type ReaderPlan,
  type Step,
  type ViewPlan,
} from "./program.ts";

const unlimited = 2_000;

const readers: fc.Arbitrary<ReaderPlan> = fc.record({
  temporality: fc.constantFrom("cumulative", "delta", "lowmemory"),
  isExponential: fc.boolean(),
  limit: fc.oneof(fc.constant(unlimited), { weight: 3, arbitrary: fc.integer({ min: 1, max: 6 }) }),
});

const types = Object.values(InstrumentType);
const synchronousTypes = types.filter((type) => !isObservable({ type }));

const instruments = (some: readonly InstrumentType[]): fc.Arbitrary<Omit<InstrumentPlan, "name">> =>
  fc.record({
    type: fc.constantFrom(...some),
    scope: fc.constantFrom("scope.a", "scope.b"),
    unit: fc.constantFrom("", "s", "{call}"),
    description: fc.constantFrom("", "What is measured."),
    valueType: fc.constantFrom(ValueType.DOUBLE, ValueType.DOUBLE, ValueType.INT),
    boundaries: fc.option(
      fc.uniqueArray(fc.integer({ min: -5, max: 100 }), { maxLength: 8 }).map(ascending),
      {
        nil: undefined,
      },
    ),
  });

const aggregations: fc.Arbitrary<AggregationOption> = fc.oneof(
  fc.constantFrom<AggregationOption>(
    { type: AggregationType.DEFAULT },
    { type: AggregationType.SUM },
    { type: AggregationType.LAST_VALUE },
    { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM },
    { type: AggregationType.DROP },
  ),
  fc.record({
    type: fc.constant(AggregationType.EXPLICIT_BUCKET_HISTOGRAM),
    options: fc.record({
      boundaries: fc.uniqueArray(fc.integer({ min: -10, max: 200 }), { maxLength: 20 }).map(ascending),
      recordMinMax: fc.boolean(),
    }),
  }),
  fc.record({
    type: fc.constant(AggregationType.EXPONENTIAL_HISTOGRAM),
    options: fc.record({ maxSize: fc.integer({ min: 2, max: 160 }), recordMinMax: fc.boolean() }),
  }),
);

interface RawView extends Pick<ViewPlan, "keys" | "aggregation" | "limit" | "description"> {
  readonly target: number;
  readonly by: "name" | "prefix" | "type" | "unit" | "scope" | "all";
  readonly isRenamed: boolean;
}

const keys = ["method", "route", "status"];

const views: fc.Arbitrary<RawView> = fc.record({
  target: fc.nat(),
  by: fc.constantFrom("name", "name", "name", "prefix", "type", "unit", "scope", "all"),
  isRenamed: fc.boolean(),
  keys: optional(fc.record({ kept: fc.boolean(), keys: fc.subarray([...keys, "absent"]) })),
  aggregation: optional(aggregations),
  limit: fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 6 })),
  description: optional(fc.constant("As the view describes it.")),
});

const attributeValues = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("GET", "PUT", "/a", "/b", 1, 2, true) },
  fc.constantFrom(
    "1",
    "true",
    1.5,
    0,
    -0,
    false,
    "",
    ["a", "b"],
    ["a,b"],
    [1, 2],
    ["1", "2"],
    [],
    null,
    undefined,
  ),
);

const attributes: fc.Arbitrary<MeasuredAttributes> = fc
  .shuffledSubarray(keys)
  .chain((some) => fc.tuple(...some.map((key) => attributeValues.map((value) => [key, value] as const))))
  .map((entries) => Object.fromEntries(entries));

const goodValues = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 3, arbitrary: fc.double({ min: 1e-3, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1, 2, 4, 0.5, 2 ** 30) },
  { weight: 1, arbitrary: fc.constantFrom(5e-324, 1e-310, 2 ** -1022, 2 ** -1021, 1e-200) },
  { weight: 1, arbitrary: fc.integer({ min: -100, max: -1 }) },
  { weight: 1, arbitrary: fc.double({ min: -1e3, max: -1e-3, noNaN: true }) },
);
const badValues = fc.constantFrom(NaN, Infinity, -Infinity, "5", null, undefined, 5n, true);
const values = fc.oneof({ weight: 15, arbitrary: goodValues }, badValues);
// Beside these, smaller values would not change a sum.
const hugeValues = fc.oneof(values, fc.constantFrom(1e200, 1e300, 2 ** 1000, -(2 ** 900)));

const steps = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Step> => {
  const measurements: fc.Arbitrary<Measurement> = fc.record({ value, attributes });
  return fc.oneof(
    {
      weight: 24,
      arbitrary: fc.record({ kind: fc.constant("record"), instrument: fc.nat(), measurement: measurements }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("observe"),
        instrument: fc.nat(),
        observations: fc.uniqueArray(measurements, {
          maxLength: 10,
          // A callback should not observe the same series twice.
          selector: (each) => identityOf(attributesIn(each.attributes, () => true)),
        }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("collect"), reader: fc.nat() }) },
  );
};

/** Programs of all sizes. Every reader collects at the end of each. */
export const programs: fc.Arbitrary<Program> = fc.oneof(
  { weight: 6, arbitrary: fc.record(partsOf({ isLimited: true, some: types, values })).map(programFrom) },
  { weight: 2, arbitrary: fc.record(partsOf({ isLimited: false, some: types, values })).map(programFrom) },
  {
    weight: 2,
    arbitrary: fc.record(partsOf({ isLimited: false, some: synchronousTypes, values })).map(programFrom),
  },
  {
    weight: 1,
    arbitrary: fc.record(partsOf({ isLimited: true, some: types, values: hugeValues })).map(programFrom),
  },
);

// Most programs with limits have all the difficult parts. Those without limits also run on upstream's provider
// unchanged.
function partsOf({ isLimited, some, values: given }: Parts) {
  const lifted = <T extends { readonly limit?: number | undefined }>(plan: T): T =>
    isLimited ? plan : { ...plan, limit: unlimited };
  return {
    readers: fc.oneof(
      { weight: 1, arbitrary: fc.array(readers.map(lifted), { minLength: 1, maxLength: 1 }) },
      { weight: 2, arbitrary: fc.array(readers.map(lifted), { minLength: 2, maxLength: 3 }) },
    ),
    instruments: fc.array(instruments(some), { minLength: 1, maxLength: 4, size: "max" }),
    views: fc.array(views.map(lifted), { maxLength: 4, size: "max" }),
    steps: fc.array(steps(given), { minLength: isLimited ? 20 : 1, maxLength: 120, size: "max" }),
    isBound: fc.boolean(),
  };
}

interface Parts {
  readonly isLimited: boolean;
  readonly some: readonly InstrumentType[];
  readonly values: fc.Arbitrary<unknown>;
}

interface RawProgram extends Pick<Program, "readers" | "steps" | "isBound"> {
  readonly instruments: readonly Omit<InstrumentPlan, "name">[];
  readonly views: readonly RawView[];
}

function programFrom({ instruments: unnamed, views: raw, steps: given, ...rest }: RawProgram): Program {
  const plans = unnamed.map((plan, i) => ({ ...plan, name: `${plan.type.toLowerCase()}.${i}` }));
  const planned: ViewPlan[] = [];
  for (const [i, view] of raw.entries()) {
    const plan = viewFrom(view, plans, `view.${i}`);
    if (givesEachStreamItsName(plan, planned, plans)) planned.push(plan);
  }
  const isLimited = [...rest.readers, ...planned].some(({ limit = unlimited }) => limit < unlimited);
  const last = rest.readers.map((_, reader) => ({ kind: "collect" as const, reader }));
  return {
    ...rest,
    instruments: plans,
    views: planned,
    steps: [...given.flatMap((step) => stepsFrom(step, plans, planned, rest.readers.length)), ...last],
    // A bound instrument holds its series, which under a limit takes the place of another.
    isBound: rest.isBound && !isLimited,
  };
}

function viewFrom(view: RawView, plans: readonly InstrumentPlan[], name: string): ViewPlan {
  const { target, by, isRenamed, aggregation, ...rest } = view;
  const instrument = plans[target % plans.length]!;
  const plan: ViewPlan = { ...rest, selector: selectorOf(by, instrument) };
  const isForObservable = plans.some((each) => isObservable(each) && matches(plan, each));
  return {
    ...plan,
    ...(by === "name" && isRenamed && { name }),
    // Histograms of observable instruments are an error, which has a separate test.
    ...(aggregation !== undefined && !(isForObservable && isHistogram(aggregation)) && { aggregation }),
  };
}

function selectorOf(by: RawView["by"], { name, type, unit, scope }: InstrumentPlan): ViewPlan["selector"] {
  switch (by) {
    case "name":
      return { instrumentName: name };
    case "prefix":
      return { instrumentName: `${name.slice(0, 4)}*` };
    case "type":
      return { instrumentType: type };
    case "unit":
      return { instrumentUnit: unit };
    case "scope":
      return { meterName: scope };
    case "all":
      return { instrumentName: "*" };
    default:
      return by satisfies never;
  }
}

function isHistogram({ type }: AggregationOption): boolean {
  return type === AggregationType.EXPLICIT_BUCKET_HISTOGRAM || type === AggregationType.EXPONENTIAL_HISTOGRAM;
}

// Two streams of one name are a conflict, which has a separate test.
function givesEachStreamItsName(
  view: ViewPlan,
  earlier: readonly ViewPlan[],
  plans: readonly InstrumentPlan[],
): boolean {
  if (view.name !== undefined) return true;
  return plans
    .filter((plan) => matches(view, plan))
    .every((plan) => !earlier.some((other) => other.name === undefined && matches(other, plan)));
}

// Steps for the existing instruments: measurements for synchronous ones, observations for the others.
function stepsFrom(
  step: Step,
  plans: readonly InstrumentPlan[],
  planned: readonly ViewPlan[],
  readerCount: number,
): Step[] {
  if (step.kind === "collect") return [{ ...step, reader: step.reader % readerCount }];
  const able = plans.flatMap((plan, i) => (isObservable(plan) === (step.kind === "observe") ? [i] : []));
  if (able.length === 0) return [];
  const instrument = able[step.instrument % able.length]!;
  const plan = plans[instrument]!;
  // Only last values can hold numbers that are not finite.
  const isLastValue = !planned.some((view) => view.aggregation !== undefined && matches(view, plan));
  const isMeant = ({ value }: Measurement): boolean =>
    isLastValue || typeof value !== "number" || Number.isFinite(value);
  if (step.kind === "observe")
    return [{ ...step, instrument, observations: step.observations.filter(isMeant) }];
  return isMeant(step.measurement) ? [{ ...step, instrument }] : [];
}

function ascending(bounds: readonly number[]): number[] {
  return bounds.toSorted((left, right) => left - right);
}

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}
