// Sources of the user's own, for queries of the product.
import { awaited, type Reading, untilClosed } from "./reading.ts";
import { type Catalogue, SampleSource } from "./sample-source.ts";
import type { SampleSeries, Selection, Source } from "./source.ts";

// Series that are read before they count, and the time after which there are fewer.
const PIECE = 32;
const PIECE_MILLIS = 0.5;

/** Key of the source for queries of the product that an object of the public API has. */
export const SAMPLES: unique symbol = Symbol.for("tachymeter.samples");

/** The source for queries of the product that a public source is or has. */
export function sampleSourceOf(source: Source): SampleSource {
  if (source instanceof SampleSource) return source;
  return hasSamples(source) ? source[SAMPLES]() : new GivenSource(source);
}

function hasSamples(source: Source): source is Source & { [SAMPLES](): SampleSource } {
  return SAMPLES in source;
}

/** Reads a source that is asked with promises. */
export class GivenSource extends SampleSource {
  readonly #source: Source;
  readonly #known: Partial<Catalogue>;

  /** @param known what is known of its series; by default nothing. */
  constructor(source: Source, known: Partial<Catalogue> = {}) {
    super();
    this.#source = source;
    this.#known = known;
  }

  override catalogue(): Catalogue {
    return { ...super.catalogue(), ...this.#known };
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) =>
      untilClosed(selection.signal, (signal) => this.#read({ ...selection, signal })),
    );
  }

  *#read(selection: Selection): Reading<SampleSeries> {
    const iterator = seriesOf(this.#source, selection);
    let isEnded = false;
    try {
      while (!isEnded) {
        const piece: SampleSeries[] = [];
        isEnded = yield* awaited(pushPiece(iterator, piece));
        yield piece;
      }
    } finally {
      if (!isEnded) iterator.return(undefined).catch(() => {});
    }
  }
}

// Also if `select` is not asynchronous, against its type.
async function* seriesOf(source: Source, selection: Selection): AsyncGenerator<SampleSeries, undefined> {
  yield* source.select(selection);
}

// Resolves to whether there is no further series.
async function pushPiece(iterator: AsyncIterator<SampleSeries>, piece: SampleSeries[]): Promise<boolean> {
  const end = performance.now() + PIECE_MILLIS;
  do {
    const next = await iterator.next();
    if (next.done === true) return true;
    piece.push(next.value);
  } while (piece.length < PIECE && performance.now() < end);
  return false;
}
