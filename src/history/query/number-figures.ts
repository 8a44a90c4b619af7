// What aggregates make of the numbers of a window.
import type { AggregateName } from "../question.ts";
import type { NumberBlock } from "../store/block.ts";
import { extrapolatedIncrease } from "./extrapolation.ts";
import type { NumberFigures } from "./window-walk.ts";

/** What works out an aggregate of a counter's or a gauge's points. */
export function numberFigures(aggregate: AggregateName, quantile: number): NumberFigures {
  switch (aggregate) {
    case "MEAN":
    case "SUM":
    case "MIN":
    case "MAX":
    case "COUNT":
    case "LAST":
      return new PlainFigures(aggregate);
    case "RATE":
      return new Rise(true);
    case "INCREASE":
      return new Rise(false);
    case "STDDEV":
      return new Spread();
    case "QUANTILE":
      return new Ranks(quantile);
    default:
      return aggregate satisfies never;
  }
}

class PlainFigures implements NumberFigures {
  readonly #aggregate: "MEAN" | "SUM" | "MIN" | "MAX" | "COUNT" | "LAST";
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;
  #last = Number.NaN;

  constructor(aggregate: "MEAN" | "SUM" | "MIN" | "MAX" | "COUNT" | "LAST") {
    this.#aggregate = aggregate;
  }

  point(_time: number, value: number): void {
    this.#count++;
    this.#sum += value;
    // As Prometheus: NaN counts only where there is nothing else.
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#last = value;
  }

  block({ count, sum, min, max, last }: NumberBlock): void {
    this.#count += count;
    this.#sum += sum;
    if (min < this.#min) this.#min = min;
    if (max > this.#max) this.#max = max;
    this.#last = last;
  }

  take(): number {
    const value = this.#value();
    this.#count = 0;
    this.#sum = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
    this.#last = Number.NaN;
    return value;
  }

  #value(): number {
    switch (this.#aggregate) {
      case "MEAN":
        return this.#sum / this.#count;
      case "SUM":
        return this.#sum;
      case "MIN":
        return this.#min <= this.#max ? this.#min : Number.NaN;
      case "MAX":
        return this.#min <= this.#max ? this.#max : Number.NaN;
      case "COUNT":
        return this.#count;
      case "LAST":
        return this.#last;
      default:
        return this.#aggregate satisfies never;
    }
  }
}

class Rise implements NumberFigures {
  readonly #isRate: boolean;
  #count = 0;
  #first = 0;
  #firstTime = 0;
  #last = 0;
  #lastTime = 0;
  #increase = 0;

  constructor(isRate: boolean) {
    this.#isRate = isRate;
  }

  point(time: number, value: number, isOther: boolean): void {
    this.#next(time, value, isOther);
    this.#count++;
    this.#last = value;
    this.#lastTime = time;
  }

  block(block: NumberBlock, isOther: boolean): void {
    this.#next(block.from, block.first, isOther);
    this.#count += block.count;
    this.#increase += block.increase;
    this.#last = block.last;
    this.#lastTime = block.to;
  }

  take(start: number, end: number): number {
    const seen = { count: this.#count, firstTime: this.#firstTime, lastTime: this.#lastTime };
    const increase = extrapolatedIncrease(this.#first, this.#increase, seen, start, end);
    this.#count = 0;
    this.#increase = 0;
    return this.#isRate ? increase / ((end - start) / 1_000) : increase;
  }

  #next(time: number, value: number, isOther: boolean): void {
    if (this.#count === 0) {
      this.#first = value;
      this.#firstTime = time;
    } else this.#increase += isOther || value < this.#last ? value : value - this.#last;
  }
}

// Welford's way: the squares of large values would leave nothing of a small spread.
class Spread implements NumberFigures {
  #count = 0;
  #mean = 0;
  #squares = 0;

  point(_time: number, value: number): void {
    this.#count++;
    const distance = value - this.#mean;
    this.#mean += distance / this.#count;
    this.#squares += distance * (value - this.#mean);
  }

  take(): number {
    const deviation = Math.sqrt(this.#squares / this.#count);
    this.#count = 0;
    this.#mean = 0;
    this.#squares = 0;
    return deviation;
  }
}

class Ranks implements NumberFigures {
  readonly #quantile: number;
  #values = new Float64Array(64);
  #count = 0;

  constructor(quantile: number) {
    this.#quantile = quantile;
  }

  point(_time: number, value: number): void {
    if (this.#count === this.#values.length) {
      const grown = new Float64Array(2 * this.#count);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#count++] = value;
  }

  take(): number {
    const sorted = this.#values.subarray(0, this.#count);
    sorted.sort();
    const rank = this.#quantile * (this.#count - 1);
    this.#count = 0;
    const below = sorted[Math.floor(rank)]!;
    const share = rank - Math.floor(rank);
    // Not by the formula, which has no answer where what is above is infinite.
    if (share === 0) return below;
    return below * (1 - share) + sorted[Math.floor(rank) + 1]! * share;
  }
}
