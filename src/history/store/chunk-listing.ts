// Which series chunks have: the second part of their summaries.
import type { ByteReader } from "../../io/bytes/number-column.ts";
import { areEqual } from "../comparison.ts";
import { FLAGS, numbersSize } from "./chunk-summary.ts";
import type { SeriesKind, StoredLayout } from "./series-catalog.ts";

// Listings that are kept, some 13 KB each.
const MAX_KEPT = 1_024;

/** The series of a chunk that were asked for. Chunks with the same series have the same object. */
export interface SeriesList {
  readonly ids: readonly number[];
}

interface FullList extends SeriesList {
  /** The ids of all series, also of those that were not asked for. */
  readonly all: readonly number[];
  /** Index and layout of each series in `ids`. */
  readonly indexes: readonly number[];
  readonly layouts: readonly StoredLayout[];
}

/** The second part of a summary, with what its series have. */
export interface Listing {
  readonly list: FullList;
  readonly bytes: Uint8Array;
  /** Flags of each series. Not in a typed array, whose numbers would become objects in the blocks. */
  readonly flags: readonly number[];
  /** Times of the series that lack some, relative to the first time of the chunk. */
  readonly parts: ReadonlyMap<number, Part>;
  /** Offset of the figures of each series in `ids`, from the first figures on. */
  readonly places: readonly number[];
  /** Size of all figures; NaN with histograms, which have their sizes in the summary. */
  readonly size: number;
}

interface Part {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** Reads which series chunks have. It is the same in most chunks of a metric, and then it is read once. */
export class SeriesLists {
  readonly #kinds: ReadonlyMap<number, SeriesKind>;
  readonly #byLowest = new Map<number, Listing>();

  /** @param kinds of the series that are asked for */
  constructor(kinds: ReadonlyMap<number, SeriesKind>) {
    this.#kinds = kinds;
  }

  /** @throws RangeError if it is invalid */
  read(reader: ByteReader, seriesCount: number): Listing {
    const begin = reader.at;
    const lowest = reader.varint();
    reader.at = begin;
    const known = this.#byLowest.get(lowest);
    if (known?.flags.length === seriesCount) {
      const end = begin + known.bytes.length;
      if (areEqual(reader.part(begin, end), known.bytes)) {
        reader.at = end;
        return known;
      }
    }
    const listing = this.#read(reader, seriesCount, known?.list);
    if (this.#byLowest.size >= MAX_KEPT) this.#byLowest.clear();
    this.#byLowest.set(lowest, listing);
    return listing;
  }

  #read(reader: ByteReader, seriesCount: number, known: FullList | undefined): Listing {
    const begin = reader.at;
    const all: number[] = [];
    const flags: number[] = [];
    const parts = new Map<number, Part>();
    let series = 0;
    for (let index = 0; index < seriesCount; index++) {
      series += reader.varint();
      const own = reader.byte();
      all.push(series);
      flags.push(own);
      if ((own & FLAGS.partial) === 0) continue;
      const part = { count: reader.varint(), from: reader.varint(), to: reader.varint() };
      if (part.count === 0 || part.from > part.to)
        throw new RangeError("times of a series do not match its chunk");
      parts.set(index, part);
    }
    const bytes = reader.part(begin, reader.at);
    const list = known !== undefined && areEqual(known.all, all) ? known : this.#listed(all);
    const next = (own: number, place: number): number =>
      place + (isHistogram(own) ? Number.NaN : numbersSize(own));
    return { list, bytes, flags, parts, ...placed(list, flags, next) };
  }

  #listed(all: readonly number[]): FullList {
    const list = { all, ids: [] as number[], indexes: [] as number[], layouts: [] as StoredLayout[] };
    for (const [index, id] of all.entries()) {
      const layout = this.#kinds.get(id)?.layout;
      if (layout === undefined) continue;
      list.ids.push(id);
      list.indexes.push(index);
      list.layouts.push(layout);
    }
    return list;
  }
}

/** Places in a summary with histograms. The reader is moved from the first figures behind the last ones. */
export function placesIn(reader: ByteReader, { list, flags }: Listing): readonly number[] {
  const begin = reader.at;
  return placed(list, flags, (own) => {
    // Reading the size also advances the reader.
    const size = isHistogram(own) ? reader.varint() : numbersSize(own);
    reader.at += size;
    return reader.at - begin;
  }).places;
}

// `next` returns the place of the next series.
function placed(
  { indexes, layouts }: FullList,
  flags: readonly number[],
  next: (flags: number, place: number) => number,
): Pick<Listing, "places" | "size"> {
  const places: number[] = [];
  let size = 0;
  for (const [index, own] of flags.entries()) {
    if (indexes[places.length] === index) {
      if (kindOf(own) !== layouts[places.length]!.kind) throw new RangeError("unexpected kind of points");
      places.push(size);
    }
    size = next(own, size);
  }
  return { places, size };
}

function isHistogram(flags: number): boolean {
  return (flags & FLAGS.histograms) !== 0;
}

function kindOf(flags: number): StoredLayout["kind"] {
  if (!isHistogram(flags)) return "number";
  return (flags & FLAGS.exponential) === 0 ? "buckets" : "exponential";
}
