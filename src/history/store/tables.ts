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
import type { Unreadable } from "./unreadable.ts";

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
  readonly unreadable: Unreadable;

  constructor(database: Database, known: KnownSeries, intervalMillis: number, unreadable: Unreadable) {
    this.database = database;
    this.unreadable = unreadable;
    this.catalog = new SeriesCatalog(database, unreadable);
    this.chunks = new ChunkTable(database, unreadable);
    this.heads = new HeadTable(database, unreadable);
    this.samples = new SampleTable(database, unreadable);
    this.events = new EventTable(database, unreadable);
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
