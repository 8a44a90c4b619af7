// The series of a question as a source of the evaluator.
import type { Attributes } from "@opentelemetry/api";
import { labelsTest } from "../../query/evaluation/matchers.ts";
import type { Labels, SampleSeries, Selection, Source } from "../../query/source.ts";
import { keyOf } from "../grouped.ts";
import { isAddedUpFirst, isRise } from "../question-expression.ts";
import { LaneSamples, type TimeRange } from "../select/lane-samples.ts";
import type { Lane } from "../select/lanes.ts";
import type { Block } from "../store/block.ts";
import type { AskedSeries } from "./asked-series.ts";
import { picked } from "./matching.ts";
import { GROUP } from "./plan.ts";
import { withRestarts } from "./restarts.ts";
import { summedPoints } from "./stored-points.ts";

/** Label with the number of a lane. Series of a histogram have the name of the metric with a suffix. */
const LANE = "lane";

/** Reads the series of a question in one snapshot, possibly again if the file was replaced. */
export type ReadAsked = <Result>(work: (asked: AskedSeries) => Result) => Result;

/** Lanes of a metric under one name, or their sums if the question adds up before aggregation. */
export class QuestionSource implements Source {
  readonly #read: ReadAsked;
  readonly #name: string;
  readonly #lanes = new Numbered();
  readonly #groups = new Numbered();

  constructor(read: ReadAsked, name: string) {
    this.#read = read;
    this.#name = name;
  }

  async *select({ matchers, from, to }: Selection): AsyncGenerator<SampleSeries> {
    const isWanted = labelsTest(matchers);
    yield* this.#read((asked) =>
      isAddedUpFirst(asked.question, asked.type)
        ? this.#sums(asked, { from, to })
        : this.#samples(asked, { from, to }, isWanted).flatMap((lane) => lane.series()),
    );
  }

  /** Attributes of a result. */
  attributesFrom({ [LANE]: lane, [GROUP]: group }: Labels): Attributes {
    return lane === undefined ? this.#groups.at(group) : this.#lanes.at(lane);
  }

  // Lanes depend on the whole range of the question, and are the same in each part of it.
  #samples(
    asked: AskedSeries,
    range: TimeRange,
    isWanted: (labels: Labels) => boolean,
  ): readonly LaneSamples[] {
    const found: LaneSamples[] = [];
    const isHistogram = asked.type === "histogram";
    const isRising = isHistogram ? asked.question.aggregate !== "LAST" : isRise(asked.question.aggregate);
    asked.walk(Math.min(range.from, asked.start), (lane) => {
      const labels = this.#labelsOf(lane, asked.question.by);
      const samples = new LaneSamples({ name: this.#name, isHistogram, labels }, isWanted, range);
      found.push(samples);
      const add = (block: Block): void => {
        if (block.to >= range.from && block.from <= range.to) asked.spend(samples.add(block));
      };
      return isRising ? withRestarts(add) : { block: add, finish: () => {} };
    });
    return found;
  }

  #sums(asked: AskedSeries, { from, to }: TimeRange): readonly SampleSeries[] {
    return summedPoints(asked, from).map(({ attributes, points }) => {
      const labels = { __name__: this.#name, [GROUP]: this.#groups.numberOf(attributes) };
      const { times, values } = points;
      const end = times.findLastIndex((time) => time <= to) + 1;
      return { labels, times: times.subarray(0, end), values: values.subarray(0, end) };
    });
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
