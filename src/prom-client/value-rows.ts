/** Parts of counters and gauges: a number for each series. */
import { SumStore } from "../engine/aggregation/sum-store.ts";
import type { LastValueStore } from "../engine/aggregation/last-value-store.ts";
import type { Interner } from "../engine/series/interner.ts";
import { CollectedRows } from "./collected-rows.ts";
import { collectedExemplar, type Exemplar } from "./exemplar.ts";
import { LabelRows } from "./label-rows.ts";
import type { Literal } from "../readers/prometheus/document/labels.ts";
import { PairTexts, type Sample, type SampleLines } from "./sample-lines.ts";

// Steps of this many rows take some tens of microseconds.
const STEP_ROWS = 128;

/** Texts of the lines of one metric. */
interface LineForms {
  readonly name: string;
  /** Default labels; `undefined` if a label of the metric may replace one of them. */
  readonly fixed: string | undefined;
  readonly open: Literal;
  readonly close: Literal;
  readonly bare: Literal;
}

export class ValueRows<Store extends SumStore | LastValueStore> {
  readonly store: Store;
  readonly rows: LabelRows;
  readonly labelNames: readonly string[];
  readonly exemplars: Map<number, Exemplar> = new Map();
  readonly #texts: PairTexts;
  readonly #settle: () => void;

  /** @param settle called before values are read. */
  constructor(store: Store, labelNames: readonly string[], settle: () => void = () => {}) {
    this.store = store;
    this.#settle = settle;
    this.labelNames = labelNames;
    this.#texts = new PairTexts(store.series);
    this.rows = new LabelRows(store.series, labelNames, {
      settle,
      countsOf: (row) => (store instanceof SumStore ? [store.valueOf(row)] : []),
      empty: (row) => {
        store.empty(row);
        this.exemplars.delete(row);
      },
    });
  }

  readonly values = (): Sample[] => {
    this.#settle();
    return this.rows.inOrder().map((row) => {
      const exemplar = this.exemplars.get(row);
      return {
        value: this.store.valueOf(row),
        labels: this.rows.labelsOf(row),
        ...(exemplar !== undefined && { exemplar }),
      };
    });
  };

  /** Writes a line for each series. */
  write(lines: SampleLines, name: string): Generator<undefined, void> {
    return this.rows.whole(this.#steps(lines, name));
  }

  *#steps(lines: SampleLines, name: string): Generator<undefined, void> {
    const fixed = lines.fixedLabels(this.labelNames);
    const forms = {
      name,
      fixed,
      open: lines.literal(`${name}{`),
      close: lines.literal(`${fixed ?? ""}} `),
      bare: lines.literal(fixed === undefined || fixed === "" ? `${name} ` : `${name}{${fixed}} `),
    };
    this.#texts.begin();
    this.#settle();
    const rows = this.rows.inOrder();
    for (let from = 0; from < rows.length; from += STEP_ROWS) {
      if (from > 0) yield;
      this.#settle();
      this.#writeRows(lines, forms, rows, from, Math.min(from + STEP_ROWS, rows.length));
    }
  }

  // Outside of the generator, whose loops V8 optimizes less.
  #writeRows(lines: SampleLines, forms: LineForms, rows: readonly number[], from: number, to: number): void {
    const { store, exemplars } = this;
    const { series, pages } = store;
    const { name, fixed, open, close, bare } = forms;
    const texts = this.#texts;
    const isBrace = fixed === "";
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      if (!series.isLive(row)) continue;
      const exemplar = exemplars.size === 0 ? undefined : exemplars.get(row);
      if (fixed === undefined || this.rows.shownOf(row) !== undefined) {
        const labels = this.rows.labelsOf(row);
        lines.sample({ metricName: name, labels, value: store.valueOf(row), exemplar });
        continue;
      }
      texts.gather(row);
      if (texts.count === 0) lines.startBare(bare);
      else lines.start(open, texts, close, isBrace);
      lines.endWith(pages.pageOf(row), pages.offsetOf(row), exemplar);
    }
  }

  /** The rows as series of a collection. */
  collected(interner: Interner): CollectedRows {
    const { pages } = this.store;
    return new CollectedRows({
      rows: this.rows,
      interner,
      settle: this.#settle,
      read: (row) => ({ cells: pages.pageOf(row), offset: pages.offsetOf(row) }),
      width: pages.width,
      exemplarsOf: (row) => {
        const exemplar = this.exemplars.get(row);
        return exemplar === undefined ? [] : [collectedExemplar(exemplar)];
      },
    });
  }
}
