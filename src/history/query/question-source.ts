// The series of a question as a source of the evaluator.
import type { Attributes } from "@opentelemetry/api";
import { labelsTest } from "../../query/evaluation/matchers.ts";
import type { Reading } from "../../query/reading.ts";
import { SampleSource } from "../../query/sample-source.ts";
import type { Labels, SampleSeries, Selection } from "../../query/source.ts";
import { samplesAlone, type WindowedSeries, type WindowSelection } from "../../query/windowed-series.ts";
import { keyOf } from "../comparison.ts";
import { isAddedUpFirst, isRise } from "../question-expression.ts";
import { LaneSamples, type NeededRange, type TimeRange } from "../select/lane-samples.ts";
import type { Lane, LaneWalk } from "../select/lanes.ts";
import type { Block } from "../store/block.ts";
import { lastPointsBefore } from "./last-points.ts";
import { laneSamples, laneValues, type OpenLane, type SelectedLanes } from "../windows/lane-values.ts";
import { windowBudget } from "../windows/lane-windows.ts";
import type { AskedSeries } from "./asked-series.ts";
import { picked } from "./matching.ts";
import { startsOf, withRestarts, withStarts } from "./restarts.ts";
import { summedPoints } from "./stored-points.ts";

/** Name of the metric in expressions. Series of a histogram have a suffix. */
export const NAME = "m";
/** Label with the number of a group by `by`. Attributes are not labels, because they keep their keys and types. */
export const GROUP = "group";
// Label with the number of a lane.
const LANE = "lane";

/** Reads the series of a question in one snapshot, possibly again if the file was replaced. */
export type ReadAsked = <Result>(work: (asked: AskedSeries) => Result) => Result;

/** Lanes of a metric, or their sums if the question adds up before aggregation. */
export class QuestionSource extends SampleSource {
  readonly #read: ReadAsked;
  readonly #lanes = new Numbered();
  readonly #groups = new Numbered();

  constructor(read: ReadAsked) {
    super();
    this.#read = read;
  }

  override get knowsStarts(): boolean {
    return true;
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => this.#samples(selection));
  }

  override *windows(selection: WindowSelection): Reading<WindowedSeries> {
    const { matchers, from, to, windows, operation, samplesFrom, isExact } = selection;
    const isWanted = labelsTest(matchers);
    yield this.#read((asked) => {
      if (isAddedUpFirst(asked.question, asked.type))
        return this.#sums(asked, { from, to }).map(samplesAlone);
      // Series of a question do not end.
      const lasting = operation === "selector" ? "last_over_time" : operation;
      const task = { windows, operation: lasting, samplesFrom, isExact, from, to, known: to };
      return laneValues(this.#lanesOf(asked, { from, to, isExact }, isWanted), task, windowBudget());
    });
  }

  /** Attributes of a result. */
  attributesFrom({ [LANE]: lane, [GROUP]: group }: Labels): Attributes {
    return lane === undefined ? this.#groups.at(group) : this.#lanes.at(lane);
  }

  *#samples({ matchers, from, to, isExact }: Selection): Reading<SampleSeries> {
    const isWanted = labelsTest(matchers);
    yield this.#read((asked) =>
      isAddedUpFirst(asked.question, asked.type)
        ? this.#sums(asked, { from, to })
        : laneSamples(this.#lanesOf(asked, { from, to, isExact }, isWanted)).flat(),
    );
  }

  #lanesOf(asked: AskedSeries, range: NeededRange, isWanted: (labels: Labels) => boolean): SelectedLanes {
    return {
      isWanted,
      walk: (open) => this.#walk(asked, range, open),
      collect: (lane, from = range.from) => {
        const samples = new LaneSamples(lane, isWanted, { ...range, from });
        return { block: (block) => asked.spend(samples.add(block)), series: () => samples.series() };
      },
    };
  }

  // A restart counts if a window may have a point before it, which may come before the range.
  #walk(asked: AskedSeries, { from, to, isExact }: NeededRange, open: OpenLane): void {
    const isHistogram = asked.type === "histogram";
    const isRising = isHistogram ? asked.question.aggregate !== "LAST" : isRise(asked.question.aggregate);
    const { step } = asked.question;
    const { store, found } = asked;
    const starts = isExact === true ? startsOf(store, found, store.keptSince()) : undefined;
    const before = starts === undefined ? [] : lastPointsBefore(store, found, starts, from);
    const first = from - (isRising && starts === undefined ? (step ?? 0) : 0);
    const openLane = (lane: Lane): LaneWalk => {
      const labels = this.#labelsOf(lane, asked.question.by);
      const taker = open({ name: NAME, isHistogram, labels }, lane);
      if (starts !== undefined)
        return { ...withStarts((block) => taker.block(block), starts), finish: () => {} };
      const add = (block: Block): void => {
        if (block.to >= from && block.from <= to) taker.block(block);
      };
      if (isRising) return withRestarts(add, step);
      return { block: add, figures: taker.figures?.bind(taker), finish: () => {} };
    };
    asked.walk(first, openLane, before);
  }

  #sums(asked: AskedSeries, { from, to }: TimeRange): readonly SampleSeries[] {
    return summedPoints(asked, from, to).map(({ attributes, times, values }) => ({
      labels: { __name__: NAME, [GROUP]: this.#groups.numberOf(attributes) },
      times,
      values,
    }));
  }

  #labelsOf({ attributes, series }: Lane, by: readonly string[] = []): Labels {
    const group = picked(series, by);
    return {
      [GROUP]: this.#groups.numberOf(group),
      [LANE]: this.#lanes.numberOf(attributes, keyOf(group)),
    };
  }
}

/** Distinct attributes, numbered in the order of their first use. */
class Numbered {
  readonly #numbers = new Map<string, string>();
  readonly #all: Attributes[] = [];

  numberOf(attributes: Attributes, distinction = ""): string {
    const key = keyOf(attributes) + distinction;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = String(this.#all.length);
    this.#numbers.set(key, number);
    this.#all.push(attributes);
    return number;
  }

  at(number = ""): Attributes {
    return this.#all[Number(number)] ?? {};
  }
}
