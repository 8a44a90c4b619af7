// Figures of histograms that no expression has: the recorded minimum and maximum, and counts without extrapolation.
import type { Attributes } from "@opentelemetry/api";
import { keyOf } from "../comparison.ts";
import type { AggregateName } from "../question.ts";
import { endOfStep, type QuestionSteps, stepAt, stepsOf } from "../question-steps.ts";
import type { ResolvedQuestion } from "../resolved-question.ts";
import { type Lane, type LaneWalk, storedSeriesKey } from "../select/lanes.ts";
import type { AskedSeries } from "./asked-series.ts";
import type { Figures } from "../store/stored.ts";
import { added, exactFigures } from "./exact-figures.ts";
import { HistogramRise, pointsOf } from "./histogram-rise.ts";
import { picked } from "./matching.ts";
import type { ResultSeries } from "./points.ts";

type ExactAggregate = Extract<AggregateName, "COUNT" | "SUM" | "MEAN" | "MIN" | "MAX">;

/** The aggregate of a question about histograms if it is computed here; else `undefined`. */
export function exactAggregate({ aggregate, step }: ResolvedQuestion): ExactAggregate | undefined {
  switch (aggregate) {
    case "MIN":
    case "MAX":
      return aggregate;
    case "COUNT":
    case "SUM":
    case "MEAN":
      return step === undefined ? aggregate : undefined;
    default:
      return undefined;
  }
}

type OnFigures = (step: number, figures: Figures) => void;

/** Figures of each lane or group. Without a step, they have the whole range as one window. */
export function exactHistograms(asked: AskedSeries, aggregate: ExactAggregate): readonly ResultSeries[] {
  const { question, store } = asked;
  const { by, to } = question;
  const steps = stepsOf(question, question.from ?? Math.min(store.span().oldest ?? to, to));
  const groups = new Map<
    string | Lane,
    { readonly attributes: Attributes; readonly found: Map<number, Figures> }
  >();
  const open = (lane: Lane): OnFigures => {
    const attributes = by === undefined ? lane.attributes : picked(lane.series, by);
    const key = by === undefined ? lane : keyOf(attributes);
    const group = groups.get(key) ?? { attributes, found: new Map<number, Figures>() };
    groups.set(key, group);
    const { found } = group;
    return (step, figures) => {
      const known = found.get(step);
      if (known === undefined) asked.spend(1);
      found.set(step, known === undefined ? figures : added(known, figures));
    };
  };
  if (question.step === undefined) walkRange(asked, open);
  else asked.walk(asked.start, (lane) => stepWalk(steps, open(lane)));
  return [...groups.values()].flatMap(({ attributes, found }) => {
    const points = [...found]
      .map(([step, figures]) => ({ step, value: figureOf(aggregate, figures) }))
      .filter(({ value }) => !Number.isNaN(value))
      .toSorted((a, b) => a.step - b.step);
    const times = Float64Array.from(points, ({ step }) => endOfStep(steps, step));
    return points.length === 0
      ? []
      : { attributes, times, values: Float64Array.from(points, ({ value }) => value) };
  });
}

// Exact increases of the series of each lane, those that continue each other together.
function walkRange(asked: AskedSeries, open: (lane: Lane) => OnFigures): void {
  const { start: from, found, question } = asked;
  const keys = new Map(found.map((each) => [each.id, storedSeriesKey(each)]));
  const opened: { readonly onFigures: OnFigures; readonly ofLane: Set<string> }[] = [];
  const lanes = asked.lanes((lane) => {
    const ofLane = new Set<string>();
    opened.push({ onFigures: open(lane), ofLane });
    return { block: ({ series }) => ofLane.add(keys.get(series) ?? ""), finish() {} };
  });
  const range = { from, to: question.to };
  const figures = exactFigures(asked, "histogram", found, range, (block) => lanes.take(block));
  lanes.finish();
  for (const { onFigures, ofLane } of opened)
    for (const key of ofLane) {
      const own = figures.get(key);
      if (own !== undefined) onFigures(0, own);
    }
}

function stepWalk(steps: QuestionSteps, onFigures: OnFigures): LaneWalk {
  const rise = new HistogramRise();
  let current = -1;
  const goTo = (step: number): void => {
    if (step === current) return;
    const figures = rise.take();
    if (figures !== undefined) onFigures(current, figures);
    current = step;
  };
  return {
    block(block, isOther) {
      if (block.kind === "numbers") return;
      const step = stepAt(steps, block.to);
      if (step >= 0 && step === stepAt(steps, block.from)) {
        goTo(step);
        return rise.block(block, isOther);
      }
      const [times, pointAt] = [block.times(), pointsOf(block)];
      let isFirst = isOther;
      for (let i = 0; i < times.length; i++) {
        const own = stepAt(steps, times[i]!);
        if (own < 0) continue;
        goTo(own);
        rise.point(pointAt(i), isFirst);
        isFirst = false;
      }
    },
    finish: () => goTo(-1),
  };
}

function figureOf(aggregate: ExactAggregate, { count, sum, min, max }: Figures): number {
  switch (aggregate) {
    case "MIN":
      return count > 0 && min < Infinity ? min : Number.NaN;
    case "MAX":
      return count > 0 && max > -Infinity ? max : Number.NaN;
    case "MEAN":
      return sum / count;
    case "SUM":
      return sum;
    case "COUNT":
      return count;
    default:
      return aggregate satisfies never;
  }
}
