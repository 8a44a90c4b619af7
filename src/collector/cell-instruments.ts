// Instruments that keep their figures in cells and hand each measurement on, so that they can be read back where no
// provider is, or beside one.
import type { Attributes } from "@opentelemetry/api";
import { Cells } from "./cells.ts";
import type { BoundCounter, BoundRecorder } from "../recording/guarded-instruments.ts";
import { HistogramCell } from "./histogram-cell.ts";
import {
  labelsFromAttributes,
  seriesKey,
  type SnapshotEntry,
  snapshotNumber,
} from "../translation/snapshot-document.ts";

/** Gives the way on for the measurements of one label set, for a cell to keep. */
export type Forward = (attributes: Attributes) => (value: number) => void;

/** A plain copy of what is good in the labels that a caller gave; never throws. */
export type Clean = (labels: unknown) => Attributes;

/** What of an instrument goes into a snapshot. */
export interface SnapshotSource {
  /** Its series at `timestamp`, under the Prometheus name `name`. Series with one key are made one. */
  entries(name: string, timestamp: number): Iterable<readonly [key: string, entry: SnapshotEntry]>;
}

interface Cell<Figures> {
  readonly attributes: Attributes;
  readonly forward: (value: number) => void;
  figures: Figures;
}

function cellsOf<Figures>(forward: Forward, clean: Clean, empty: () => Figures): Cells<Cell<Figures>> {
  return new Cells((attributes) => ({ attributes, forward: forward(attributes), figures: empty() }), clean);
}

/** A counter: also one that goes up and down, since values are checked where they are given. */
export class CellCounter implements SnapshotSource {
  readonly #cells: Cells<Cell<number>>;

  constructor(forward: Forward, clean: Clean) {
    this.#cells = cellsOf(forward, clean, () => 0);
  }

  add(value: number, labels?: unknown): void {
    const cell = this.#cells.find(labels);
    cell.figures += value;
    cell.forward(value);
  }

  bind(labels: unknown): BoundCounter {
    const cell = this.#cells.find(labels);
    return {
      add(value) {
        cell.figures += value;
        cell.forward(value);
      },
      release() {},
    };
  }

  entries(name: string, timestamp: number): Iterable<readonly [string, SnapshotEntry]> {
    return entriesOf(this.#cells, name, timestamp, (first, second) => first + second, snapshotNumber);
  }
}

/** A gauge. */
export class CellGauge implements SnapshotSource {
  readonly #cells: Cells<Cell<number>>;

  constructor(forward: Forward, clean: Clean) {
    this.#cells = cellsOf(forward, clean, () => 0);
  }

  record(value: number, labels?: unknown): void {
    const cell = this.#cells.find(labels);
    cell.figures = value;
    cell.forward(value);
  }

  /** Records what was recorded last, or 0, and `difference` more. */
  adjust(difference: number, labels: unknown): void {
    const cell = this.#cells.find(labels);
    cell.figures += difference;
    cell.forward(cell.figures);
  }

  entries(name: string, timestamp: number): Iterable<readonly [string, SnapshotEntry]> {
    return entriesOf(this.#cells, name, timestamp, (_first, second) => second, snapshotNumber);
  }
}

/** A histogram. */
export class CellHistogram implements SnapshotSource {
  readonly #cells: Cells<Cell<HistogramCell>>;

  constructor(boundaries: readonly number[], forward: Forward, clean: Clean) {
    this.#cells = cellsOf(forward, clean, () => new HistogramCell(boundaries));
  }

  record(value: number, labels?: unknown): void {
    const cell = this.#cells.find(labels);
    cell.figures.record(value);
    cell.forward(value);
  }

  bind(labels: unknown): BoundRecorder {
    const cell = this.#cells.find(labels);
    return {
      record(value) {
        cell.figures.record(value);
        cell.forward(value);
      },
      release() {},
    };
  }

  entries(name: string, timestamp: number): Iterable<readonly [string, SnapshotEntry]> {
    return entriesOf(
      this.#cells,
      name,
      timestamp,
      (first, second) => first.plus(second),
      (histogram) => histogram.toSnapshot(),
    );
  }
}

// Label sets that differ in a value's type alone, or in characters that Prometheus' label names cannot have, are one
// series in a snapshot.
function* entriesOf<Figures>(
  cells: Iterable<Cell<Figures>>,
  name: string,
  timestamp: number,
  merge: (first: Figures, second: Figures) => Figures,
  valueOf: (figures: Figures) => SnapshotEntry["value"],
): Iterable<readonly [string, SnapshotEntry]> {
  const merged = new Map<string, { readonly labels: SnapshotEntry["labels"]; figures: Figures }>();
  for (const { attributes, figures } of cells) {
    const labels = labelsFromAttributes(attributes);
    const key = seriesKey(name, labels);
    const same = merged.get(key);
    if (same === undefined) merged.set(key, { labels, figures });
    else same.figures = merge(same.figures, figures);
  }
  for (const [key, { labels, figures }] of merged)
    yield [key, { value: valueOf(figures), labels, timestamp }];
}
