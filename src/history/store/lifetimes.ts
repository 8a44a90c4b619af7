// When the series of a store have points.
import type { ChunkTable } from "./chunk-table.ts";
import { SeriesLists } from "./chunk-listing.ts";
import type { HeadTable } from "./head-table.ts";
import type { SampleTable } from "./sample-table.ts";
import type { SeriesCatalog } from "./series-catalog.ts";
import type { SqlValue } from "./sqlite.ts";
import type { Lifetime, StoredProcess, StoredSeries } from "./stored.ts";

interface LifetimeTables {
  readonly catalog: SeriesCatalog;
  readonly chunks: ChunkTable;
  readonly heads: HeadTable;
  readonly samples: SampleTable;
}

interface Sealed {
  readonly count: number;
  readonly last: number;
  readonly lifetimes: Map<number, Lifetime>;
}

/** Lifetimes of the series of metrics. Summaries of chunks are read once, because chunks never change. */
export class Lifetimes {
  readonly #tables: LifetimeTables;
  readonly #sealed = new Map<number, Sealed>();
  // By the texts of their resources.
  readonly #processes = new Map<SqlValue, Lifetime>();
  #earliestChunk = 0;
  #latestChunk = 0;

  constructor(tables: LifetimeTables) {
    this.#tables = tables;
  }

  /** Returns a function from the series of a metric to their lifetimes; `undefined` without points. */
  of(metric: number): (series: StoredSeries) => Lifetime | undefined {
    const sealed = this.#sealedOf(metric);
    const inHeads = this.#tables.heads.lifetimes();
    return ({ id, startTimeUnixMillis: start }) => {
      const sampled = start === 0 ? this.#tables.samples.lifetime(id) : undefined;
      return widened(widened(sealed.get(id), inHeads.get(id)), sampled);
    };
  }

  /** The processes whose points are in collections. */
  processes(): readonly StoredProcess[] {
    const { catalog, chunks, heads } = this.#tables;
    const [earliest, latest] = [chunks.earliest(), chunks.latest()];
    // Some chunks were removed, so those of a process may all be.
    if (earliest !== this.#earliestChunk) this.#forgetProcesses();
    this.#earliestChunk = earliest;
    if (latest > this.#latestChunk)
      for (const { resource, ...times } of chunks.resourcesAfter(this.#latestChunk))
        this.#processes.set(resource, widened(this.#processes.get(resource), times)!);
    this.#latestChunk = latest;
    const found = new Map(this.#processes);
    for (const { series, from, to } of heads.rosters()) {
      const resource = catalog.resourceOf(series[0] ?? 0);
      if (resource !== null) found.set(resource, widened(found.get(resource), { from, to })!);
    }
    return [...found].flatMap(([resource, times]) => catalog.processOf(resource, times) ?? []);
  }

  forget(): void {
    this.#sealed.clear();
    this.#forgetProcesses();
  }

  #forgetProcesses(): void {
    this.#processes.clear();
    this.#latestChunk = 0;
  }

  #sealedOf(metric: number): ReadonlyMap<number, Lifetime> {
    const { chunks, catalog } = this.#tables;
    let known = this.#sealed.get(metric);
    const { count, last } = chunks.extent(metric);
    if (known?.count === count && known.last === last) return known.lifetimes;
    let added = known === undefined ? [] : chunks.after(metric, known.last);
    if (known === undefined || known.count + added.length !== count) {
      // Some were removed.
      added = chunks.after(metric, 0);
      known = undefined;
    }
    const lifetimes = known?.lifetimes ?? new Map<number, Lifetime>();
    const kinds = new Map(
      catalog.seriesOf(metric).flatMap(({ id }) => {
        const kind = catalog.kindOf(id);
        return kind === undefined ? [] : [[id, kind]];
      }),
    );
    const lists = new SeriesLists(kinds);
    for (const id of added)
      for (const block of chunks.blocks(id, lists))
        lifetimes.set(block.series, widened(lifetimes.get(block.series), block)!);
    this.#sealed.set(metric, { count, last, lifetimes });
    return lifetimes;
  }
}

function widened(known: Lifetime | undefined, other: Lifetime | undefined): Lifetime | undefined {
  if (known === undefined || other === undefined)
    return known ?? (other && { from: other.from, to: other.to });
  return { from: Math.min(known.from, other.from), to: Math.max(known.to, other.to) };
}
