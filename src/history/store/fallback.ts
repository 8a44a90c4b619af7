// Where points go while the disk refuses them.
import { IN_MEMORY, openDatabase } from "./database-file.ts";
import type { KnownSeries } from "./known-series.ts";
import { usedBytes } from "./retention.ts";
import { Tables } from "./tables.ts";
import type { Unreadable } from "./unreadable.ts";

// Ids from here on are of what is in memory: no store on disk gets so far. Rosters hold them as 32-bit integers.
const FIRST_ID = 2 ** 30;
const MAX_BYTES = 32 * 1024 * 1024;

/** Whether a metric or a series is one that is in memory. */
export function isInFallback(id: number): boolean {
  return id > FIRST_ID;
}

/** Tables in memory, for as long as the disk is full. */
export function openFallback(known: KnownSeries, intervalMillis: number, unreadable: Unreadable): Tables {
  const database = openDatabase(IN_MEMORY, { logBytes: 0, warn: () => {} });
  database.exec(
    `INSERT INTO sqlite_sequence (name, seq) VALUES ('series', ${FIRST_ID}), ('metrics', ${FIRST_ID})`,
  );
  return new Tables(database, known, intervalMillis, unreadable);
}

/** Removes the older half where there is more than memory should be used for. Answers whether it did. */
export function trimFallback({ database }: Tables): boolean {
  if (usedBytes(database) < MAX_BYTES) return false;
  for (const table of ["heads", "samples", "events"]) {
    database.exec(`DELETE FROM ${table} WHERE rowid <= (SELECT (min(rowid) + max(rowid)) / 2 FROM ${table})`);
  }
  return true;
}

/**
 * Writes heads, samples and events of one database into another, in the caller's transaction. What cannot be read is left
 * out, counted and reported, so that the rest is not kept from the disk.
 */
export function carryOver(from: Tables, to: Tables): void {
  const ids = new Map<number, number>();
  const idOf = (series: number): number => {
    const known = ids.get(series);
    if (known !== undefined) return known;
    const described = from.unreadable.read("series", series, () => from.catalog.describe(series));
    const id = described === undefined ? 0 : to.catalog.idOf(described.description, described.resource);
    ids.set(series, id);
    return id;
  };
  for (const bucket of from.heads.buckets()) {
    for (const { time, roster, cells } of from.heads.readableHeadsOf(bucket)) {
      const rosterId = to.heads.addRoster({ series: roster.series.map(idOf), widths: roster.widths });
      to.heads.add(to.writer.id, bucket.bucket, time, rosterId, cells);
    }
  }
  for (const sample of from.samples.all()) to.addSample(sample);
  for (const event of from.events.read({})) to.events.add(event);
}
