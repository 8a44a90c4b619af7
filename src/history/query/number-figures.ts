// Aggregates of the numbers of a window.
import type { AggregateName } from "../question.ts";
import type { NumberBlock } from "../store/block.ts";
import { extrapolatedIncrease } from "./windows.ts";
import type { NumberFigures } from "./walks.ts";

export function numberFigures(aggregate: AggregateName, quantile: number): NumberFigures {
  switch (aggregate) {
    case "MEAN":
    case "SUM":
    case "COUNT":
      return new Added(aggregate);
    case "MIN":
      return new Min();
    case "MAX":
      return new Max();
    case "LAST":
      return new Last();
    case "RATE":
    case "INCREASE":
      return new Rise(aggregate === "RATE");
    case "STDDEV":
      return new Spread();
    case "QUANTILE":
      return new Ranks(quantile);
    default:
      return aggregate satisfies never;
  }
}

// A block is only read as far as necessary.
class Added implements NumberFigures {
  readonly #aggregate: "MEAN" | "SUM" | "COUNT";
  #count = 0;
  #sum = 0;

  constructor(aggregate: "MEAN" | "SUM" | "COUNT") {
    this.#aggregate = aggregate;
  }

  point(_time: number, value: number): void {
    this.#count++;
    this.#sum += value;
  }

  block(block: NumberBlock): void {
    if (this.#aggregate !== "SUM") this.#count += block.count;
    if (this.#aggregate !== "COUNT") this.#sum += block.sum;
  }

  take(): number {
    const [count, sum] = [this.#count, this.#sum];
    this.#count = 0;
    this.#sum = 0;
    if (this.#aggregate === "MEAN") return sum / count;
    return this.#aggregate === "SUM" ? sum : count;
  }
}

// NaN counts only if there are no other values, as in Prometheus.
class Min implements NumberFigures {
  #min = Infinity;
  #isKnown = false;

  point(_time: number, value: number): void {
    if (Number.isNaN(value)) return;
    this.#isKnown = true;
    if (value < this.#min) this.#min = value;
  }

  block({ from, min }: NumberBlock): void {
    this.point(from, min);
  }

  take(): number {
    const min = this.#isKnown ? this.#min : Number.NaN;
    this.#min = Infinity;
    this.#isKnown = false;
    return min;
  }
}

class Max implements NumberFigures {
  readonly #min = new Min();

  point(time: number, value: number): void {
    this.#min.point(time, -value);
  }

  block({ from, max }: NumberBlock): void {
    this.#min.point(from, -max);
  }

  take(): number {
    return -this.#min.take();
  }
}

class Last implements NumberFigures {
  #last = Number.NaN;

  point(_time: number, value: number): void {
    this.#last = value;
  }

  block({ last }: NumberBlock): void {
    this.#last = last;
  }

  take(): number {
    const last = this.#last;
    this.#last = Number.NaN;
    return last;
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

// Welford's method preserves small spreads of large values.
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
    // The interpolation would be NaN if the value above is infinite.
    if (share === 0) return below;
    return below * (1 - share) + sorted[Math.floor(rank) + 1]! * share;
  }
}
