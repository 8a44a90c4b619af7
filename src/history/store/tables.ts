// One open database with all that reads and writes it.
import { ChunkTable } from "./chunk-table.ts";
import { CollectionWriter } from "./collection-writer.ts";
import { EventTable } from "./event-table.ts";
import { HeadTable } from "./head-table.ts";
import type { KnownSeries } from "./known-series.ts";
import { PointReader } from "./point-reader.ts";
import { SampleTable } from "./sample-table.ts";
import { SeriesCatalog } from "./series-catalog.ts";
import type { Database } from "./sqlite.ts";
import type { Sample } from "./stored.ts";

/** The tables of a database. */
export class Tables {
  readonly database: Database;
  readonly catalog: SeriesCatalog;
  readonly chunks: ChunkTable;
  readonly heads: HeadTable;
  readonly samples: SampleTable;
  readonly events: EventTable;
  readonly points: PointReader;
  readonly writer: CollectionWriter;

  constructor(database: Database, known: KnownSeries, intervalMillis: number) {
    this.database = database;
    this.catalog = new SeriesCatalog(database);
    this.chunks = new ChunkTable(database);
    this.heads = new HeadTable(database);
    this.samples = new SampleTable(database);
    this.events = new EventTable(database);
    this.points = new PointReader(this);
    this.writer = new CollectionWriter(this.catalog, this.heads, known, intervalMillis);
  }
  /** Adds a sample, in the caller's transaction. */
  addSample(sample: Sample): void {
    const { catalog, samples } = this;
    const { metric, timeUnixMillis } = sample;
    if (!samples.add(catalog.sampleSeriesOf(metric), sample)) {
      // Another process has removed what was too old.
      catalog.forget();
      samples.add(catalog.sampleSeriesOf(metric), sample);
    }
    catalog.mark(catalog.sampleSeriesOf(metric), timeUnixMillis);
  }

  /** Forgets what was rolled back. */
  forget(): void {
    this.catalog.forget();
    this.heads.forget();
    this.writer.forget();
  }
}
