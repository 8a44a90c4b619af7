// Numbers of events, or of distinct values, in a sliding window.
import { durationMillis } from "./duration.ts";
import { type Form, type FormMatch, type KeyedEvent, PartialMatch } from "./keyed-window.ts";
import { isMillis, type Occurrence } from "./occurrence.ts";
import type { Count, Distinct } from "./rule.ts";

/** The latest events of a key, at most one less than the minimum. */
class Tally extends PartialMatch {
  times: number[];
  /** The value of each event; `undefined` if values do not matter. */
  values: string[] | undefined;

  constructor(key: string, times: number[], values: string[] | undefined) {
    super(key);
    this.times = times;
    this.values = values;
  }

  get lastMillis(): number {
    return this.times.at(-1) ?? -Infinity;
  }

  override get weight(): number {
    return this.times.length;
  }
}

const NONE: Pick<Tally, "times" | "values"> = { times: [], values: undefined };
const SMALL = 16;

/** A count: the times of each key's latest events, at most one for each distinct value. A match has its last event only. */
export class TallyForm implements Form<Tally> {
  readonly withinMillis: number;
  readonly #minimum: number;
  readonly #isDistinct: boolean;

  constructor(sequence: Count | Distinct) {
    this.withinMillis = durationMillis(sequence.within) ?? 0;
    this.#minimum = sequence.at_least;
    this.#isDistinct = sequence.kind === "distinct";
  }

  take(partial: Tally | undefined, { key, value }: KeyedEvent, occurrence: Occurrence): Tally | FormMatch {
    const { millis } = occurrence;
    const { times, values } = partial ?? NONE;
    while (times[0] !== undefined && millis - times[0] > this.withinMillis) {
      times.shift();
      values?.shift();
    }
    const known = values?.indexOf(value) ?? -1;
    if (partial !== undefined && known !== -1) {
      const last = times.length - 1;
      times.copyWithin(known, known + 1)[last] = millis;
      values?.copyWithin(known, known + 1).fill(value, last);
      return partial;
    }
    if (times.length + 1 >= this.#minimum) {
      const [firstMillis = millis] = times;
      return { key, occurrences: [occurrence], firstMillis, lastMillis: millis, count: this.#minimum };
    }
    if (partial === undefined) return new Tally(key, [millis], this.#isDistinct ? [value] : undefined);
    // `push` adds 16 unused places to a small array, `toSpliced` adds none.
    if (times.length < SMALL) {
      partial.times = times.toSpliced(times.length, 0, millis);
      partial.values = values?.toSpliced(times.length, 0, value);
    } else {
      times.push(millis);
      values?.push(value);
    }
    return partial;
  }

  state({ times, values }: Tally): readonly unknown[] {
    return [values === undefined ? times.slice() : times.map((time, i) => [values[i], time])];
  }

  restored(key: string, [entries]: readonly unknown[]): Tally | undefined {
    if (!Array.isArray(entries) || entries.length === 0 || entries.length >= this.#minimum) return undefined;
    const pairs = entries.map((each: unknown): readonly unknown[] =>
      Array.isArray(each) ? each : ["", each],
    );
    const times = pairs.map(([, time]) => time);
    const values = pairs.map(([value]) => value);
    if (!times.every(isMillis) || !values.every((value) => typeof value === "string")) return undefined;
    return new Tally(key, times, this.#isDistinct ? values : undefined);
  }
}
