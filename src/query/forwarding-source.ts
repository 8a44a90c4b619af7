import type { Reading } from "./reading.ts";
import { type Catalogue, SampleSource, windowsOf } from "./sample-source.ts";
import type { SampleSeries, Selection } from "./source.ts";
import type { WindowedSeries, WindowSelection } from "./windowed-series.ts";

/** Reads each selection from one of several sources. */
export abstract class ForwardingSource extends SampleSource {
  /** The source of a selection. */
  protected abstract sourceOf(selection: Selection): SampleSource;

  abstract override catalogue(): Catalogue;

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    const sources = selections.map((selection) => this.sourceOf(selection));
    const [first] = sources;
    // Those of one source may be read together.
    return first !== undefined && sources.every((source) => source === first)
      ? first.read(selections)
      : sources.flatMap((source, i) => source.read([selections[i]!]));
  }

  override windows(selection: WindowSelection): Reading<WindowedSeries> {
    return windowsOf(this.sourceOf(selection), selection);
  }
}
