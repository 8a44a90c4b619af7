/** The gauges of all members for one store of this process. */
import type { Attributes } from "@opentelemetry/api";
import type { SeriesSource, SeriesVisitor } from "../../engine/collection/series-source.ts";
import type { Exemplar } from "../../engine/exemplars/reservoir.ts";
import type { Interner } from "../../engine/series/interner.ts";
import { SeriesTable } from "../../engine/series/series-table.ts";
import type { AcrossMembers } from "../../engine/streams/across-members.ts";
import type { MemberStream } from "../memory/image-reader.ts";

export interface GaugesOptions {
  readonly interner: Interner;
  readonly limit: number;
  readonly policy: AcrossMembers;
  /** Attribute of the member's number, for policy `each`. */
  readonly workerAttribute: string;
  /** Number of this process. */
  readonly ownSlot: number;
  /** Whether its values are added. If not, it is a member, too. */
  readonly isOwnCounted: boolean;
}

/** One member's value of a series. */
interface GaugeValue {
  value: number;
  /** When it has changed, as far as reports and refreshes show it. In milliseconds since the epoch. */
  changed: number;
  /** Time of the refresh at which it was seen to change. */
  seen: number;
}

/** One member's series. */
interface MemberGauge {
  /** See `RowChange`. */
  readonly number: number;
  readonly attributes: Attributes;
  value: GaugeValue | undefined;
}

// A member may write its state a little before the merge reads it.
const EARLIER_MILLIS = 1_000;

/** The series of one member, by its own rows. */
export class MemberGauges {
  readonly stream: MemberStream;
  readonly slot: number;
  readonly series: Map<number, MemberGauge> = new Map();
  readonly #cells = new Float64Array(2);
  readonly #attributesFrom: (attributes: Attributes) => Attributes;
  // Time of the last refresh of the merge, in milliseconds since the epoch; 0 before its first one.
  #refreshedAt: number;

  /** @param attributesFrom returns the attributes of a series in the merge. */
  constructor(
    stream: MemberStream,
    slot: number,
    attributesFrom: (attributes: Attributes) => Attributes,
    refreshedAt: number,
  ) {
    this.stream = stream;
    this.slot = slot;
    this.#attributesFrom = attributesFrom;
    this.#refreshedAt = refreshedAt;
  }

  /** Takes over the member's values. @param unixMillis time of this refresh; no two have the same. */
  refresh(unixMillis: number): void {
    const left = new Map<number, GaugeValue | undefined>();
    for (const { row, series: number, attributes: given } of this.stream.changes) {
      const before = this.series.get(row);
      if (before !== undefined) left.set(before.number, before.value);
      this.series.delete(row);
      if (given === undefined) continue;
      const attributes = this.#attributesFrom(given);
      // It may have had another row.
      this.series.set(row, { number, attributes, value: left.get(number) });
    }
    this.stream.changes.length = 0;
    if (!this.stream.isLoaded) return;
    // A change that is reported with an earlier time was seen only now: the clock was set back.
    const earliest = Math.max(1, this.#refreshedAt - EARLIER_MILLIS);
    for (const [row, entry] of this.series) {
      const isRecorded = this.stream.read(row, this.#cells);
      const [value = 0, changed = 0] = this.#cells;
      if (!isRecorded) entry.value = undefined;
      else entry.value = changedTo(entry.value, value, unixMillis, changed > earliest ? changed : unixMillis);
    }
    this.#refreshedAt = unixMillis;
  }
}

function changedTo(
  before: GaugeValue | undefined,
  value: number,
  seen: number,
  changed: number = seen,
): GaugeValue {
  return Object.is(before?.value, value) && before !== undefined ? before : { value, changed, seen };
}

function isLater(a: GaugeValue, b: GaugeValue): boolean {
  return a.changed === b.changed ? a.seen >= b.seen : a.changed > b.changed;
}

/**
 * Gauges of all members. Their policy is the latest value, the sum, the minimum, the maximum, the mean, or one series for
 * each member.
 */
export class MergedGauges implements SeriesSource {
  readonly #options: GaugesOptions;
  readonly table: SeriesTable;
  readonly #own = new Map<number, GaugeValue>();
  // By row: the values of the collection.
  #values: Map<number, GaugeValue & { count: number; ownRow: number }> = new Map();
  #source: SeriesSource | undefined;
  readonly #cell = new Float64Array(1);
  #lastStart = 0;

  constructor(options: GaugesOptions) {
    this.#options = options;
    const { interner, limit } = options;
    // No two starts are the same: another series in a reused row is recognised by its start.
    const clock = (): number => (this.#lastStart = Math.max(Date.now(), this.#lastStart + 1e-3));
    this.table = new SeriesTable({ interner, limit, clock });
  }

  begin(
    ofProcess: SeriesSource | undefined,
    members: readonly MemberGauges[],
    unixMillis: number,
    changedAtMillis: number,
  ): SeriesSource | undefined {
    const own = this.#options.isOwnCounted ? ofProcess : undefined;
    this.#source = own;
    this.#values = new Map();
    // Series of this process come first: those that were exported before do not disappear in the overflow series.
    own?.visit(0, own.length, {
      series: (_cells, _offset, row) => {
        const at = this.#rowOf(own.attributesOf(row), this.#options.ownSlot);
        const start = own.startTimeOf(row);
        if (start > 0 && start < this.table.startTimeOf(at)) this.table.setStartTime(at, start);
      },
    });
    for (const { series, slot } of members) {
      for (const { attributes, value } of series.values())
        if (value !== undefined) this.#put(attributes, slot, value, NO_ROW);
    }
    const seen = new Set<number>();
    own?.visit(0, own.length, {
      series: (cells, offset, row) => {
        const value = changedTo(this.#own.get(row), cells[offset]!, changedAtMillis);
        this.#own.set(row, value);
        seen.add(row);
        this.#put(own.attributesOf(row), this.#options.ownSlot, value, row);
      },
    });
    for (const row of this.#own.keys()) if (!seen.has(row)) this.#own.delete(row);
    this.#freeMissing();
    this.table.startBy(unixMillis);
    return this.#values.size === 0 ? undefined : this;
  }

  get length(): number {
    return this.table.rowCount;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    for (let row = from; row < Math.min(to, this.length); row++) {
      const found = this.#values.get(row);
      if (found === undefined) continue;
      this.#cell[0] = this.#options.policy === "mean" ? found.value / found.count : found.value;
      visitor.series(this.#cell, 0, row);
    }
  }

  pairsOf(row: number, ids: Int32Array): number {
    return this.table.pairsOf(row, ids);
  }

  attributesOf(row: number): Attributes {
    return this.table.attributesOf(row);
  }

  startTimeOf(row: number): number {
    return this.table.startTimeOf(row);
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    const ownRow = this.#values.get(row)?.ownRow ?? NO_ROW;
    return ownRow === NO_ROW ? [] : (this.#source?.exemplarsOf(ownRow) ?? []);
  }

  #put(attributes: Attributes, slot: number, given: GaugeValue, ownRow: number): void {
    const { policy } = this.#options;
    const row = this.#rowOf(attributes, slot);
    const found = this.#values.get(row);
    if (found === undefined) {
      this.#values.set(row, { ...given, count: 1, ownRow });
      return;
    }
    found.value = combined(policy, found, given);
    if (isLater(given, found)) {
      found.changed = given.changed;
      found.seen = given.seen;
    }
    found.count++;
    if (ownRow !== NO_ROW) found.ownRow = ownRow;
  }

  #rowOf(attributes: Attributes, slot: number): number {
    const { policy, workerAttribute } = this.#options;
    return this.table.rowOf(policy === "each" ? { ...attributes, [workerAttribute]: slot } : attributes);
  }

  #freeMissing(): void {
    for (let row = 1; row < this.table.rowCount; row++)
      if (this.table.isLive(row) && !this.#values.has(row)) this.table.free(row);
  }
}

const NO_ROW = -1;

function combined(policy: AcrossMembers, a: GaugeValue, b: GaugeValue): number {
  switch (policy) {
    case "last":
    case "each":
      return isLater(b, a) ? b.value : a.value;
    case "sum":
    case "mean":
      return a.value + b.value;
    case "min":
      return Math.min(a.value, b.value);
    case "max":
      return Math.max(a.value, b.value);
    default:
      return policy satisfies never;
  }
}
