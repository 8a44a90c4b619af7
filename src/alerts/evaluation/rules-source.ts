import { ForwardingSource } from "../../query/forwarding-source.ts";
import { JoinedSource } from "../../query/joined-source.ts";
import type { Catalogue, SampleSource } from "../../query/sample-source.ts";
import type { Selection } from "../../query/source.ts";
import type { RecordedSeries } from "./recorded-series.ts";

/** A source together with the series that rules write. Those in memory continue those of the source, such as of a history. */
export class RulesSource extends ForwardingSource {
  readonly #source: SampleSource;
  readonly #recorded: RecordedSeries;
  readonly #joined: JoinedSource;

  constructor(source: SampleSource, recorded: RecordedSeries) {
    super();
    this.#source = source;
    this.#recorded = recorded;
    this.#joined = new JoinedSource(source, recorded);
  }

  override catalogue(): Catalogue {
    const catalogue = this.#source.catalogue();
    return {
      labels: (selection) => this.#joined.labels(selection),
      metadata: () => catalogue.metadata(),
      pauses: (from) => catalogue.pauses(from),
      ready: (selections) => catalogue.ready(selections),
      beginUnixMillis: catalogue.beginUnixMillis,
    };
  }

  protected override sourceOf(selection: Selection): SampleSource {
    return this.#recorded.isWithout(selection) ? this.#source : this.#joined;
  }
}
