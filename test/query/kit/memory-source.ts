import { RE2JS } from "re2js";
import type { Reading } from "../../../src/query/reading.ts";
import { SampleSource } from "../../../src/query/sample-source.ts";
import type { Matcher, SampleSeries, Selection, Source } from "../../../src/query/source.ts";

/** A source of series in memory. It returns them whole, in their order. */
export class MemorySource implements Source {
  readonly #series: readonly SampleSeries[];

  constructor(series: readonly SampleSeries[]) {
    this.#series = series;
  }

  // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
  async *select({ matchers }: Selection): AsyncGenerator<SampleSeries> {
    const tests = matchers.map(testOf);
    yield* this.#series.filter((series) => tests.every((holds) => holds(series)));
  }
}

/** A source of series in memory that needs no promises. */
export class ImmediateMemorySource extends SampleSource {
  readonly #series: readonly SampleSeries[];
  /** Number of selections. */
  selections = 0;

  constructor(series: readonly SampleSeries[]) {
    super();
    this.#series = series;
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => this.readNow(selection));
  }

  // In pieces of a series each.
  protected *readNow({ matchers }: Selection): Reading<SampleSeries> {
    this.selections++;
    for (const series of this.#series)
      yield matchers.every((matcher) => testOf(matcher)(series)) ? [series] : undefined;
  }
}

function testOf({ label, operator, value }: Matcher): (series: SampleSeries) => boolean {
  const isEqual = equality(operator.endsWith("~"), value);
  const isWanted = !operator.startsWith("!");
  return ({ labels }) => isEqual(labels[label] ?? "") === isWanted;
}

function equality(isPattern: boolean, value: string): (text: string) => boolean {
  if (!isPattern) return (text) => text === value;
  const pattern = RE2JS.compile(value, RE2JS.DOTALL);
  return (text) => pattern.matches(text);
}
