/** The exemplars of one store: a reservoir for each series in which a measurement was eligible. */
import { type Attributes, type Context, diag } from "@opentelemetry/api";
import { NO_ROW } from "../stores/store.ts";
import type { Exemplar, ExemplarReservoir } from "./reservoir.ts";
import { SampledReservoir } from "./sampled-reservoir.ts";

const NONE: readonly Exemplar[] = [];
const NO_ATTRIBUTES: Attributes = {};
const NO_RESERVOIR: ExemplarReservoir = { offer() {}, collect: () => NONE };

/** Gives the attributes of the series in a row. */
interface AttributeSource {
  pairCountOf(row: number): number;
  attributesOf(row: number): Attributes;
}

/** A series of which something was offered. */
interface SampledSeries {
  readonly reservoir: ExemplarReservoir;
  // What a cumulative series showed last stands until there is something newer, since several readers may ask.
  last: readonly Exemplar[];
}

/** Reservoirs by row, made when they are first offered something. */
export class SeriesExemplars {
  readonly #makeReservoir: () => ExemplarReservoir;
  readonly #keepsLast: boolean;
  readonly #sampled = new Map<number, SampledSeries>();
  // The series of the last offer, which a busy one is likely to be again.
  #lastRow = NO_ROW;
  #lastReservoir: ExemplarReservoir = NO_RESERVOIR;
  #told = false;

  /** @param keepsLast whether a series shows its last exemplars again where there are no newer ones. */
  constructor(makeReservoir: () => ExemplarReservoir, keepsLast: boolean) {
    this.#makeReservoir = makeReservoir;
    this.#keepsLast = keepsLast;
  }

  /** Offers an eligible measurement to its series' reservoir. */
  offer(row: number, value: number, attributes: Attributes | undefined, context: Context): void {
    try {
      const reservoir = row === this.#lastRow ? this.#lastReservoir : this.#reservoirOf(row);
      if (reservoir instanceof SampledReservoir)
        reservoir.sample(value, attributes ?? NO_ATTRIBUTES, context);
      else reservoir.offer(value, attributes ?? NO_ATTRIBUTES, context, BigInt(Date.now()) * 1_000_000n);
    } catch (error) {
      this.#tell(error);
    }
  }

  /** The exemplars of the series in `row`, which `source` knows the attributes of. */
  collect(row: number, source: AttributeSource): readonly Exemplar[] {
    const sampled = this.#sampled.get(row);
    if (sampled === undefined) return NONE;
    const { reservoir } = sampled;
    try {
      // The overflow series has an attribute that no measurement has.
      const exemplars =
        reservoir instanceof SampledReservoir && row !== 0
          ? reservoir.collectFor(source.pairCountOf(row), () => source.attributesOf(row))
          : reservoir.collect(source.attributesOf(row));
      if (!this.#keepsLast) return exemplars;
      if (exemplars.length > 0) sampled.last = exemplars;
      return sampled.last;
    } catch (error) {
      this.#tell(error);
      return NONE;
    }
  }

  /** Forgets those of a row that is given to another series. */
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
    if (this.#told) return;
    this.#told = true;
    diag.warn(
      "exemplar reservoir: it threw, and what it was offered is no exemplar; this is told once",
      error,
    );
  }
}
