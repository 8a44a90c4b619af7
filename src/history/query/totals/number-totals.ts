// Totals of counters and gauges.
import type { NumberBlock } from "../../store/block.ts";
import type { StoredSeries } from "../../store/stored.ts";
import { baselines, type Before } from "../courses.ts";

interface Course {
  readonly first: number;
  last: number;
  /** A fall begins at 0 again. */
  rise: number;
}

export class Numbers {
  readonly #from: number;
  readonly #to: number;
  readonly #courses = new Map<number, Course>();
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  /** One series' blocks come by time. */
  add(block: NumberBlock): void {
    if (block.from >= this.#from && block.to <= this.#to) {
      this.addFigures(block);
      this.#follow(block.series, block.first, block.last, block.increase);
      return;
    }
    const times = block.times();
    const values = block.values();
    for (let i = 0; i < times.length; i++) {
      if (times[i]! < this.#from || times[i]! > this.#to) continue;
      const value = values[i]!;
      this.addFigures({ count: 1, sum: value, min: value, max: value });
      this.#follow(block.series, value, value, 0);
    }
  }

  addFigures({ count, sum, min, max }: { count: number; sum: number; min: number; max: number }): void {
    this.#count += count;
    this.#sum += sum;
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
  }

  lastOf(series: number): number | undefined {
    return this.#courses.get(series)?.last;
  }

  figures(): { count: number; sum: number; min: number; max: number } {
    return { count: this.#count, sum: this.#sum, min: this.#min, max: this.#max };
  }

  /** `sum`, `min` and `max` are the rise of counters. */
  risen(
    series: readonly StoredSeries[],
    beforeOf: (series: StoredSeries) => Before<number>,
  ): { count: number; sum: number; min: number; max: number } {
    let rise = 0;
    for (const { seriesId, baseline = 0 } of baselines(series, beforeOf, (id) => this.#courses.get(id))) {
      const course = this.#courses.get(seriesId)!;
      rise += riseBetween(baseline, course.first) + course.rise;
    }
    return { count: this.#count, sum: rise, min: rise, max: rise };
  }

  #follow(series: number, first: number, last: number, rise: number): void {
    const course = this.#courses.get(series);
    if (course === undefined) {
      this.#courses.set(series, { first, last, rise });
      return;
    }
    course.rise += riseBetween(course.last, first) + rise;
    course.last = last;
  }
}

function riseBetween(before: number, after: number): number {
  return after < before ? after : after - before;
}
