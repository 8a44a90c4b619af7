// What was kept in memory while the disk refused it goes to the disk.
import type { Tables } from "./tables.ts";

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
