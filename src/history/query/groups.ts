// Groups of lanes, which are one series in an answer.
import type { Attributes } from "@opentelemetry/api";
import { keyOf } from "../comparison.ts";
import type { Lane } from "../select/lanes.ts";
import { picked } from "./matching.ts";
import { PointList, type ResultSeries } from "./points.ts";
import { endOf, type Windows } from "./windows.ts";

/** Groups of lanes with equal values of `by`. Without `by`, each lane is a group. */
export class Groups<Value> {
  readonly #by: readonly string[] | undefined;
  readonly #add: (left: Value, right: Value) => Value;
  readonly #groups = new Map<string | Lane, Group<Value>>();

  /** @param add adds two values of one window */
  constructor(by: readonly string[] | undefined, add: (left: Value, right: Value) => Value) {
    this.#by = by;
    this.#add = add;
  }

  of(lane: Lane): Group<Value> {
    const attributes = this.#by === undefined ? lane.attributes : picked(lane.series, this.#by);
    const key = this.#by === undefined ? lane : keyOf(attributes);
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = new Group(attributes, this.#add)));
    return group;
  }

  /** Points at the ends of windows. A window has no point if `numberOf` returns NaN. */
  series(windows: Windows, numberOf: (value: Value) => number): readonly ResultSeries[] {
    return [...this.#groups.values()].flatMap((group) => {
      const points = new PointList();
      for (const [i, value] of group.values.entries()) {
        const number = numberOf(value);
        if (!Number.isNaN(number)) points.push(endOf(windows, group.indexes[i]!), number);
      }
      return points.length === 0 ? [] : { attributes: group.attributes, points };
    });
  }
}

class Group<Value> {
  readonly attributes: Attributes;
  /** In ascending order. */
  readonly indexes: number[] = [];
  readonly values: Value[] = [];
  readonly #add: (left: Value, right: Value) => Value;

  constructor(attributes: Attributes, add: (left: Value, right: Value) => Value) {
    this.attributes = attributes;
    this.#add = add;
  }

  /** Returns the number of new values: 1 or 0. */
  add(index: number, value: Value): number {
    const at = this.#placeOf(index);
    if (this.indexes[at] === index) {
      this.values[at] = this.#add(this.values[at]!, value);
      return 0;
    }
    if (at === this.indexes.length) {
      this.indexes.push(index);
      this.values.push(value);
    } else {
      this.indexes.splice(at, 0, index);
      this.values.splice(at, 0, value);
    }
    return 1;
  }

  #placeOf(index: number): number {
    const { length } = this.indexes;
    if (length === 0 || this.indexes[length - 1]! < index) return length;
    let from = 0;
    let to = length - 1;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.indexes[middle]! < index) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
