/** Parts of histograms: their samples, and the exemplars of their buckets. */
import {
  EXPLICIT_CELLS,
  type ExplicitHistogramStore,
} from "../engine/aggregation/explicit-histogram-store.ts";
import type { Interner } from "../engine/series/interner.ts";
import type { Literal } from "../readers/prometheus/document/labels.ts";
import { CollectedRows } from "./collected-rows.ts";
import { collectedExemplar, Exemplar } from "./exemplar.ts";
import type { GivenLabels } from "./label-checks.ts";
import { LabelRows } from "./label-rows.ts";
import { labelText, PairTexts, type Sample, type SampleLines } from "./sample-lines.ts";

// Steps of this many rows take some tens of microseconds.
const STEP_ROWS = 8;

export class HistogramRows {
  readonly store: ExplicitHistogramStore;
  readonly labelNames: readonly string[];
  readonly rows: LabelRows;
  /** Exemplars of a row by the index of their bound, that of infinity last. */
  readonly exemplars: Map<number, (Exemplar | undefined)[]> = new Map();
  readonly #texts: PairTexts;
  readonly #upperBounds: readonly number[];
  // The cells that count for each upper bound: those of a sorted list are one each.
  readonly #cellsOf: readonly (readonly number[])[];
  readonly #hasExemplars: boolean;

  constructor(
    store: ExplicitHistogramStore,
    labelNames: readonly string[],
    upperBounds: readonly number[],
    hasExemplars: boolean,
  ) {
    this.store = store;
    this.labelNames = labelNames;
    this.#hasExemplars = hasExemplars;
    this.#upperBounds = upperBounds;
    this.#texts = new PairTexts(store.series);
    this.#cellsOf = cellsOf(upperBounds, store.boundaries);
    this.rows = new LabelRows(store.series, labelNames, {
      countsOf: (row) => {
        const { counts, count } = this.#read(row);
        return [count, ...counts];
      },
      empty: (row) => {
        store.empty(row);
        this.exemplars.delete(row);
      },
    });
  }

  /** Samples, as `get()` returns them. */
  values(name: string): Sample[] {
    return this.rows.inOrder().flatMap((row) =>
      this.#samplesOf(row, name).map(({ metricName, value, exemplar, labels, sharedLabels }) => ({
        value,
        metricName,
        exemplar,
        labels: { ...labels, ...sharedLabels },
      })),
    );
  }

  /** Writes the lines of each series. */
  write(lines: SampleLines): Generator<undefined, void> {
    return this.rows.whole(this.#steps(lines));
  }

  *#steps(lines: SampleLines): Generator<undefined, void> {
    const { rows } = this;
    const { name } = lines;
    const fixed = lines.fixedLabels([...this.labelNames, "le"]);
    const texts = this.#texts;
    texts.begin();
    const further = fixed === undefined || fixed === "" ? "" : `${fixed},`;
    const opens = [...this.#upperBounds, "+Inf"].map((le) =>
      lines.literal(`${name}_bucket{${labelText("le", le)},${further}`),
    );
    const close = lines.literal("} ");
    const rest = {
      sum: ofName(lines, `${name}_sum`, further),
      count: ofName(lines, `${name}_count`, further),
    };
    let written = 0;
    for (const row of rows.inOrder()) {
      if (++written % STEP_ROWS === 0) yield;
      if (!this.store.series.isLive(row)) continue;
      if (fixed === undefined || rows.shownOf(row) !== undefined || this.exemplars.has(row)) {
        for (const sample of this.#samplesOf(row, name)) lines.sample(sample);
        continue;
      }
      texts.gather(row);
      const cells = this.store.pages.pageOf(row);
      const offset = this.store.pages.offsetOf(row);
      let total = 0;
      for (const [i, own] of this.#cellsOf.entries()) {
        for (const cell of own) total += cells[offset + EXPLICIT_CELLS.buckets + cell]!;
        oneCell[0] = total;
        lines.start(opens[i]!, texts, close, true);
        lines.endWith(oneCell, 0, undefined);
      }
      lines.start(opens.at(-1)!, texts, close, true);
      lines.endWith(cells, offset + EXPLICIT_CELLS.count, undefined);
      for (const part of ["sum", "count"] as const) {
        const { open, bare } = rest[part];
        if (texts.count === 0) lines.startBare(bare);
        else lines.start(open, texts, close, true);
        lines.endWith(cells, offset + EXPLICIT_CELLS[part], undefined);
      }
    }
  }

  setExemplar(labels: GivenLabels, value: number, exemplarLabels: GivenLabels): void {
    const row = this.rows.find(labels);
    const found = this.#upperBounds.findIndex((bound) => value <= bound);
    const at = found < 0 ? this.#upperBounds.length : found;
    const exemplars = this.exemplars.get(row) ?? [];
    const exemplar = exemplars[at] ?? new Exemplar();
    exemplar.set(exemplarLabels, value);
    exemplars[at] = exemplar;
    this.exemplars.set(row, exemplars);
  }

  /** The rows as series of a collection. */
  collected(interner: Interner): CollectedRows {
    const { pages } = this.store;
    return new CollectedRows({
      rows: this.rows,
      interner,
      read: (row) => ({ cells: pages.pageOf(row), offset: pages.offsetOf(row) }),
      width: pages.width,
      exemplarsOf: (row) =>
        (this.exemplars.get(row) ?? []).flatMap((each) =>
          each === undefined ? [] : collectedExemplar(each),
        ),
    });
  }

  #samplesOf(row: number, name: string): Sample[] {
    const sharedLabels = this.rows.labelsOf(row);
    const exemplars = this.exemplars.get(row);
    const { counts, count, sum } = this.#read(row);
    const buckets = counts.map((value, i) => ({
      labels: { le: this.#upperBounds[i] },
      sharedLabels,
      value,
      metricName: `${name}_bucket`,
      exemplar: exemplars?.[i] ?? null,
    }));
    const last = this.#upperBounds.length;
    const exemplar = this.#hasExemplars ? exemplars?.[last] : null;
    return [
      ...buckets,
      { labels: { le: "+Inf" }, sharedLabels, value: count, metricName: `${name}_bucket`, exemplar },
      { labels: {}, sharedLabels, value: sum, metricName: `${name}_sum`, exemplar: undefined },
      { labels: {}, sharedLabels, value: count, metricName: `${name}_count`, exemplar: undefined },
    ];
  }

  // The counts are cumulated in the order of the upper bounds.
  #read(row: number): { readonly counts: readonly number[]; readonly count: number; readonly sum: number } {
    const cells = this.store.pages.pageOf(row);
    const offset = this.store.pages.offsetOf(row);
    const first = offset + EXPLICIT_CELLS.buckets;
    let total = 0;
    const counts = this.#cellsOf.map((own) => {
      for (const cell of own) total += cells[first + cell]!;
      return total;
    });
    return { counts, count: cells[offset + EXPLICIT_CELLS.count]!, sum: cells[offset + EXPLICIT_CELLS.sum]! };
  }
}

const oneCell = new Float64Array(1);

// The starts of a line with labels, and of one without.
function ofName(
  lines: SampleLines,
  name: string,
  further: string,
): { readonly open: Literal; readonly bare: Literal } {
  const bare = further === "" ? `${name} ` : `${name}{${further.slice(0, -1)}} `;
  return { open: lines.literal(`${name}{${further}`), bare: lines.literal(bare) };
}

// A value counts for the first upper bound in the given order that it does not exceed. An upper bound that is given twice
// is counted twice. Upper bounds may be numbers as texts.
function cellsOf(
  upperBounds: readonly number[],
  boundaries: readonly number[],
): readonly (readonly number[])[] {
  const firstOf = [...boundaries, Infinity].map((bound) =>
    upperBounds.findIndex((upperBound) => bound <= upperBound),
  );
  return upperBounds.map((bound) =>
    firstOf.flatMap((at, cell) => (at >= 0 && String(upperBounds[at]) === String(bound) ? [cell] : [])),
  );
}
