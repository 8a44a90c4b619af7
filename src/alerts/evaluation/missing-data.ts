// Missing data, as distinct from a condition that does not hold.
//
// An alert whose expression returns nothing for it is resolved only if the expression had data. A selector has data if it
// matches a series; in `rate()` and the like, one with two samples. The comparison of `x > 0.9` removes series from the
// result, not from the selector. Data of an expression are missing if a selector that had series before has none now.
// `absent()` and `absent_over_time()` never lack data, since that is their condition. `a or b` lacks data if both sides
// do; `a unless b` if `a` does; every other operator if one of its sides does, without `fill` for that side. So `sum by (job) (x) > 3` is held while no
// series of `x` is there, and resolves for one job once others are there. A selector that never had series does not count.
// A selector of a recorded metric lacks data if the recording rule does. Selectors of `ALERTS` never do: their absence is
// information.
//
// A restored alert is compared with the series of each selector. A label does not count if the alert has it from elsewhere:
// an aggregation or `on()` removes it, or `label_replace()` or `group_left()` writes it. Nor if the selector sets its value.
import type { SampleSource } from "../../query/sample-source.ts";
import type { Aggregation, Binary, Call, Expression, Selector } from "../../query/expression.ts";
import { IDENTIFYING } from "../../query/evaluation/info.ts";
import { metricNameOf, valueTest } from "../../query/evaluation/matchers.ts";
import { resolvedAtOneTime } from "../../query/evaluation/resolved.ts";
import { type Span, spansOf } from "../../query/evaluation/spans.ts";
import { untilAborted } from "../../query/evaluation/until-aborted.ts";
import type { SampleSeries } from "../../query/source.ts";

const LOOKBACK_MILLIS = 300_000;

/** Whether a series with this value of a label counts as data. */
export type Fits = (label: string, value: string) => boolean;

/** Whether a label of a selector's series has the same value in the alert. */
type Counts = (label: string) => boolean;

interface Found {
  /** Number of samples that the function over a range needs; `undefined` for an instant. */
  readonly needed: number | undefined;
  readonly counts: Counts;
}

/** Samples, and the searches of the recording rules by the names of their metrics. */
export interface SearchedData {
  readonly source: SampleSource;
  /** Ends a search, also if the source never settles. */
  readonly signal: AbortSignal;
  readonly recordings: ReadonlyMap<string, readonly DataSearch[]>;
  /** For many searches at one time: the labels of the series that each selector has. */
  readonly present?: Map<Selector, Promise<readonly LabelEntries[]>>;
}

type LabelEntries = readonly (readonly [label: string, value: string])[];

/** Looks for data of an expression's selectors. */
export class DataSearch {
  readonly #rule: { readonly expression: Expression };
  #resolved: Expression | undefined;
  // Collected when they are needed.
  #collected: ReadonlyMap<Selector, Found> | undefined;
  // Selectors that had series once.
  readonly #seen = new Set<number>();

  constructor(rule: { readonly expression: Expression }) {
    this.#rule = rule;
  }

  get #selectors(): ReadonlyMap<Selector, Found> {
    if (this.#collected !== undefined) return this.#collected;
    const found = new Map<Selector, Found>();
    collect(this.#expression, found, () => true);
    return (this.#collected = found);
  }

  // Its durations are those at one time, whatever the time is.
  get #expression(): Expression {
    return (this.#resolved ??= resolvedAtOneTime(this.#rule.expression));
  }

  /** Numbers of the selectors that had series once, for a restart. */
  get seen(): readonly number[] {
    return [...this.#seen];
  }

  set seen(numbers: readonly number[]) {
    for (const each of numbers) this.#seen.add(each);
  }

  /** Whether all selectors had series once. */
  get hasSeenAll(): boolean {
    return this.#seen.size === this.#selectors.size;
  }

  /** Notes the selectors that have series. */
  async look(data: SearchedData, timeMillis: number): Promise<void> {
    const spans = spansOf(this.#expression, { start: timeMillis, end: timeMillis }, LOOKBACK_MILLIS);
    for (const [i, [selector, { needed }]] of [...this.#selectors].entries()) {
      if (this.#seen.has(i)) continue;
      if (await hasSeries(data, selector, spans.get(selector), needed)) this.#seen.add(i);
    }
  }

  /**
   * Whether data are missing. `fits` limits the series that count, for an alert that was restored: it fired, so that
   * selectors that had no series since then count, too.
   */
  async isMissing(data: SearchedData, timeMillis: number, fits?: Fits, depth = 0): Promise<boolean> {
    const spans = spansOf(this.#expression, { start: timeMillis, end: timeMillis }, LOOKBACK_MILLIS);
    const lacking = new Set<Selector>();
    for (const [i, [selector, { needed, counts }]] of [...this.#selectors].entries()) {
      if (fits === undefined && !this.#seen.has(i)) continue;
      const own: Fits | undefined = fits && ((label, value) => !counts(label) || fits(label, value));
      const span = spans.get(selector);
      const isThere = own === undefined ? hasSeries : hasFittingSeries(own);
      if (await isThere(data, selector, span, needed)) continue;
      if (await this.#isUnknown(selector, data, timeMillis, own, depth)) lacking.add(selector);
    }
    return lacking.size > 0 && lacks(this.#expression, lacking);
  }

  // A recorded metric without series may be the result of a condition that does not hold.
  async #isUnknown(
    { matchers }: Selector,
    data: SearchedData,
    timeMillis: number,
    fits: Fits | undefined,
    depth: number,
  ): Promise<boolean> {
    const name = metricNameOf(matchers) ?? "";
    if (name === "ALERTS" || name === "ALERTS_FOR_STATE") return false;
    const recordings = depth < MAX_DEPTH ? data.recordings.get(name) : undefined;
    if (recordings === undefined) return true;
    for (const recording of recordings)
      if (await recording.isMissing(data, timeMillis, fits, depth + 1)) return true;
    return false;
  }
}

// Recorded metrics may be made of recorded metrics.
const MAX_DEPTH = 5;

function lacks(node: Expression, lacking: ReadonlySet<Selector>): boolean {
  switch (node.kind) {
    case "number":
    case "string":
      return false;
    case "selector":
      return lacking.has(node);
    case "range":
      return lacking.has(node.selector);
    case "call":
      return !isAbsence(node.name) && argumentsOf(node).some((arg) => lacks(arg, lacking));
    case "binary": {
      const left = lacks(node.left, lacking);
      if (node.operator === "unless") return left;
      const right = lacks(node.right, lacking);
      if (node.operator === "or") return left && right;
      const { cardinality, fill = { left: undefined, right: undefined } } = node.matching ?? {};
      // `fill_left` is for the side with many series.
      const isSwapped = cardinality === "one-to-many";
      const [ofLeft, ofRight] = isSwapped ? [fill.right, fill.left] : [fill.left, fill.right];
      return (left && (right || ofLeft === undefined)) || (right && ofRight === undefined);
    }
    case "subquery":
    case "aggregation":
    case "unary":
    case "parentheses":
      return lacks(node.expression, lacking);
    default:
      return node satisfies never;
  }
}

function collect(node: Expression, found: Map<Selector, Found>, counts: Counts, ofRange = 1): void {
  const add = (selector: Selector, needed?: number): void => {
    const pinned = new Set(selector.matchers.flatMap((each) => (each.operator === "=" ? each.label : [])));
    found.set(selector, { needed, counts: (label) => !pinned.has(label) && counts(label) });
  };
  switch (node.kind) {
    case "number":
    case "string":
      return;
    case "selector":
      return add(node);
    case "range":
      return add(node.selector, node.selector.extension === undefined ? ofRange : 1);
    case "call":
      if (!isAbsence(node.name))
        for (const [i, arg] of argumentsOf(node).entries())
          collect(arg, found, ofCall(node, i, counts), OF_TWO_SAMPLES.has(node.name) ? 2 : 1);
      return;
    case "binary":
      collect(node.left, found, ofSide(node, "many-to-one", counts));
      return collect(node.right, found, ofSide(node, "one-to-many", counts));
    case "aggregation":
      return collect(node.expression, found, ofAggregation(node, counts));
    case "subquery":
    case "unary":
    case "parentheses":
      return collect(node.expression, found, counts);
    default:
      node satisfies never;
  }
}

// Series may be without info, unless its labels must not be empty.
function argumentsOf({ name, args }: Call): readonly Expression[] {
  const [argument, info] = args;
  if (name !== "info" || argument === undefined || info?.kind !== "selector") return args;
  const isNeeded = info.matchers.some((each) => each.label !== "__name__" && !valueTest(each)(""));
  return isNeeded ? args : [argument];
}

function ofCall({ name, args: [, target] }: Call, argument: number, counts: Counts): Counts {
  if (name === "info" && argument === 1) return (label) => IDENTIFYING.includes(label) && counts(label);
  if (name === "scalar") return () => false;
  if ((name !== "label_replace" && name !== "label_join") || target?.kind !== "string") return counts;
  return (label) => label !== target.value && counts(label);
}

function ofAggregation({ operator, grouping, isWithout }: Aggregation, counts: Counts): Counts {
  if (SELECTIONS.has(operator)) return counts;
  return (label) => grouping.includes(label) !== isWithout && counts(label);
}

// Their series are those of the argument.
const SELECTIONS: ReadonlySet<string> = new Set(["topk", "bottomk", "limitk", "limit_ratio"]);

// The result of a set operator has the labels of the left side, otherwise those of the "many" side.
function ofSide({ operator, matching }: Binary, many: "many-to-one" | "one-to-many", counts: Counts): Counts {
  if (matching === undefined || operator === "or") return counts;
  const { cardinality, isOn, labels, include } = matching;
  if (cardinality === many) return (label) => !include.includes(label) && counts(label);
  if (cardinality === "many-to-many" && many === "many-to-one") return counts;
  return (label) => (include.includes(label) || labels.includes(label) === isOn) && counts(label);
}

function isAbsence(name: string): boolean {
  return name === "absent" || name === "absent_over_time";
}

async function hasSeries(
  data: SearchedData,
  selector: Selector,
  span: Span | undefined,
  needed: number | undefined,
): Promise<boolean> {
  const search = async (): Promise<boolean> => {
    for await (const _ of seriesOf(data, selector, span, needed)) return true;
    return false;
  };
  return await untilAborted(search(), data.signal);
}

function hasFittingSeries(fits: Fits): typeof hasSeries {
  return async (...search) => {
    const present = await presentSeries(...search);
    return present.some((entries) => entries.every(([label, value]) => fits(label, value)));
  };
}

function presentSeries(
  data: SearchedData,
  selector: Selector,
  span: Span | undefined,
  needed: number | undefined,
): Promise<readonly LabelEntries[]> {
  const search = async (): Promise<LabelEntries[]> => {
    const found: LabelEntries[] = [];
    for await (const { labels } of seriesOf(data, selector, span, needed)) found.push(Object.entries(labels));
    return found;
  };
  const known = data.present?.get(selector) ?? untilAborted(search(), data.signal);
  data.present?.set(selector, known);
  return known;
}

async function* seriesOf(
  { source, signal }: SearchedData,
  { matchers, extension }: Selector,
  span: Span | undefined,
  needed: number | undefined,
): AsyncGenerator<SampleSeries, void> {
  if (span === undefined) return;
  // Extended ranges need samples before themselves, which are not enough alone.
  const from = extension === undefined ? span.start : span.start + LOOKBACK_MILLIS;
  const { end: to } = span;
  for await (const series of source.select({ matchers, from, to, signal }))
    if (isPresent(series, from, to, needed)) yield series;
}

// A range has all samples that are not stale; an instant has the last one, unless it is stale.
function isPresent(
  { times, stale }: SampleSeries,
  from: number,
  to: number,
  neededSamples: number | undefined,
): boolean {
  let found = 0;
  for (let i = times.length - 1; i >= 0; i--) {
    const time = times[i] ?? 0;
    if (time > to) continue;
    if (time < from) return false;
    if (stale?.[i] !== 1) found++;
    if (found >= (neededSamples ?? 1)) return true;
    if (neededSamples === undefined) return false;
  }
  return false;
}

// Functions that have no result for a range with one sample.
const OF_TWO_SAMPLES: ReadonlySet<string> = new Set([
  "rate",
  "increase",
  "irate",
  "delta",
  "idelta",
  "deriv",
  "predict_linear",
]);
