/** The exemplars of one store: a reservoir for each series with an eligible measurement. */
import { LogOnce } from "../../diagnostics/log-once.ts";
import type { Attributes, Context } from "@opentelemetry/api";
import { NO_ROW } from "../aggregation/store.ts";
import type { Exemplar, ExemplarReservoir } from "./reservoir.ts";
import type { SeriesTable } from "../series/series-table.ts";
import { SampledReservoir } from "./sampled-reservoirs.ts";

const NONE: readonly Exemplar[] = [];
const NO_ATTRIBUTES: Attributes = {};
const NO_RESERVOIR: ExemplarReservoir = { offer() {}, collect: () => NONE };

type AttributeSource = Pick<SeriesTable, "pairCountOf" | "attributesOf">;

interface SampledSeries {
  readonly reservoir: ExemplarReservoir;
  // Last exemplars of a cumulative series, kept until there are newer ones, because several readers may collect
  // them.
  last: readonly Exemplar[];
}

export interface SeriesExemplarsOptions {
  /** Whether a series exports its last exemplars again if there are no newer ones. */
  readonly keepsLast: boolean;
  /** Whether series may have attributes that their measurements do not have. */
  readonly isProcessed: boolean;
}

export class SeriesExemplars {
  readonly #makeReservoir: () => ExemplarReservoir;
  readonly #keepsLast: boolean;
  readonly #isProcessed: boolean;
  readonly #sampled = new Map<number, SampledSeries>();
  // The series of the last offer. A busy series is often offered again.
  #lastRow = NO_ROW;
  #lastReservoir: ExemplarReservoir = NO_RESERVOIR;
  readonly #once = new LogOnce();

  constructor(makeReservoir: () => ExemplarReservoir, { keepsLast, isProcessed }: SeriesExemplarsOptions) {
    this.#makeReservoir = makeReservoir;
    this.#keepsLast = keepsLast;
    this.#isProcessed = isProcessed;
  }

  /** Whether no measurement was eligible yet. */
  get isEmpty(): boolean {
    return this.#sampled.size === 0;
  }

  /** Offers an eligible measurement to the reservoir of its series. `source` has the attributes of the series. */
  offer(
    row: number,
    value: number,
    attributes: Attributes | undefined,
    context: Context,
    source: AttributeSource,
  ): void {
    try {
      const reservoir = row === this.#lastRow ? this.#lastReservoir : this.#reservoirOf(row);
      if (reservoir instanceof SampledReservoir) {
        // The overflow series has an attribute that no measurement has.
        const known = row === 0 || this.#isProcessed ? undefined : source;
        reservoir.sample(value, attributes ?? NO_ATTRIBUTES, context, row, known);
      } else reservoir.offer(value, attributes ?? NO_ATTRIBUTES, context, BigInt(Date.now()) * 1_000_000n);
    } catch (error) {
      this.#tell(error);
    }
  }

  collect(row: number, source: AttributeSource): readonly Exemplar[] {
    const sampled = this.#sampled.get(row);
    if (sampled === undefined) return NONE;
    const { reservoir } = sampled;
    try {
      const exemplars =
        reservoir instanceof SampledReservoir
          ? reservoir.collectFor(() => source.attributesOf(row))
          : reservoir.collect(source.attributesOf(row)).filter((exemplar) => this.#isComplete(exemplar));
      if (!this.#keepsLast) return exemplars;
      if (exemplars.length > 0) sampled.last = exemplars;
      return sampled.last;
    } catch (error) {
      this.#tell(error);
      return NONE;
    }
  }

  // An application's reservoir may return anything, which would fail the whole export.
  #isComplete(exemplar: Partial<Exemplar> | null | undefined): boolean {
    const { value, timestamp, filteredAttributes } = exemplar ?? {};
    const isComplete =
      typeof value === "number" &&
      Array.isArray(timestamp) &&
      typeof filteredAttributes === "object" &&
      filteredAttributes !== null;
    if (!isComplete)
      this.#once.warn(
        "incomplete",
        () => "exemplar reservoir: an exemplar without value, timestamp or filteredAttributes is left out",
      );
    return isComplete;
  }

  forget(row: number): void {
    if (row === this.#lastRow) this.#lastRow = NO_ROW;
    this.#sampled.delete(row);
  }

  #reservoirOf(row: number): ExemplarReservoir {
    let sampled = this.#sampled.get(row);
    if (sampled === undefined)
      this.#sampled.set(row, (sampled = { reservoir: this.#makeReservoir(), last: NONE }));
    this.#lastRow = row;
    this.#lastReservoir = sampled.reservoir;
    return sampled.reservoir;
  }

  #tell(error: unknown): void {
    this.#once.error("", () => "exemplar reservoir: it threw, so the measurement has no exemplar", error);
  }
}
