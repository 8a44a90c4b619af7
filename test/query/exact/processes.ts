// Processes that count, and are restarted, killed and suspended, by a fake clock.
import { resourceFromAttributes } from "@opentelemetry/resources";
import fc from "fast-check";
import { AggregationType, type ViewOptions } from "tachymeter/metrics";
import { vi } from "vitest";
import { CollectionEncoder } from "../../../src/history/collection-encoder.ts";
import { Store } from "../../../src/history/store/index.ts";
import { JoinedSource } from "../../../src/query/joined-source.ts";
import type { LiveColumns } from "../../../src/query/live/live-columns.ts";
import type { SampleSource } from "../../../src/query/sample-source.ts";
import { SnapshotReader } from "../../../src/readers/reader.ts";
import { StoreSource } from "../../history/windows/store-source.ts";
import { collectedColumns } from "../live/collected-columns.ts";

/** Something that a process does after some milliseconds. */
export interface Step {
  readonly millis: number;
  readonly added: readonly (readonly [instrument: number, route: number, amount: number])[];
  readonly collects: "memory" | "store" | "both" | "none";
}

/** A process, until it ends. */
export interface Life {
  readonly steps: readonly Step[];
  /** Whether it is killed, so that what it counted since the last collection is lost. */
  readonly isKilled: boolean;
  /** Whether it has the id of the process before. */
  readonly isSame: boolean;
  /** Until the next process. */
  readonly pauseMillis: number;
  /** Idle seconds after which its series are removed. */
  readonly seriesTimeToLive: number | undefined;
}

/** Random processes, with gaps of up to three hours, and ties of a millisecond. */
export const lives: fc.Arbitrary<readonly Life[]> = fc.array(
  fc.record({
    steps: fc.array(
      fc.record({
        millis: fc.oneof(
          { weight: 2, arbitrary: fc.nat(2) },
          { weight: 12, arbitrary: fc.integer({ min: 3, max: 90_000 }) },
          { weight: 2, arbitrary: fc.integer({ min: 300_000, max: 10_800_000 }) },
        ),
        added: fc.array(fc.tuple(fc.nat(2), fc.nat(2), fc.integer({ min: 1, max: 40 })), { maxLength: 3 }),
        collects: fc.constantFrom("memory" as const, "store" as const, "both" as const, "none" as const),
      }),
      { minLength: 1, maxLength: 10 },
    ),
    isKilled: fc.boolean(),
    isSame: fc.boolean(),
    pauseMillis: fc.oneof(fc.integer({ min: 3, max: 60_000 }), fc.integer({ min: 60_000, max: 40_000_000 })),
    seriesTimeToLive: fc.constantFrom(undefined, undefined, 45, 3_000),
  }),
  { minLength: 1, maxLength: 5 },
);

/** Expressions of the increases that {@link Counts} has, with `$` in place of a range. */
export const INCREASES: readonly string[] = [
  "sum(increase(orders_total[$]))",
  'sum(increase(wait_bucket{le="10.0"}[$]))',
  "sum(increase(wait_sum[$]))",
  "histogram_count(sum(increase(native[$])))",
  "sum(increase(traffic_total[$]))",
];

/**
 * Exact counts: orders, values of at most 10, the sum of values, and values of the native histogram. The last one is the
 * traffic of the machine, which a callback observes.
 */
type Counts = readonly number[];

const VIEWS: ViewOptions[] = [
  { instrumentName: "native", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
  {
    instrumentName: "wait",
    aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [10, 30] } },
  },
];

/** A source, and the counts that it should have. */
export interface Counted {
  readonly source: SampleSource;
  readonly counts: Counts;
}

/** The results of processes that follow each other. Times are in Unix milliseconds. */
export interface Lived {
  readonly from: number;
  readonly to: number;
  readonly stored: Counted;
  /** The samples in memory of the last process; `undefined` if the first ones are dropped. */
  readonly live: Counted | undefined;
  readonly both: Counted;
  readonly store: Store;
  /** Times of all collections. */
  readonly collected: readonly number[];
}

/** Lets processes live, one after the other. */
export async function lived(all: readonly Life[]): Promise<Lived> {
  const from = Date.UTC(2026, 10, 20);
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: from });
  try {
    const store = Store.open({ path: ":memory:", intervalMillis: 15_000, metricsMillis: 1e12 });
    const encoder = new CollectionEncoder();
    const storedTimes: number[] = [];
    const collected: number[] = [];
    let last: Ended | undefined;
    let [before, instance] = [[0, 0, 0, 0] as Counts, 0];
    for (const [i, life] of all.entries()) {
      if (last !== undefined) before = sum(before, last.stored);
      if (!life.isSame) instance = i;
      const own = { instance: `${instance}`, service: "shop", sinceUnixMillis: Date.now() };
      last = { ...(await liveOnce(life, store, encoder, own.instance)), own };
      storedTimes.push(...last.storedTimes);
      collected.push(...last.storedTimes, ...last.memoryTimes);
      if (i < all.length - 1) advance(life.pauseMillis);
    }
    if (last === undefined) throw new Error("no process lived");
    const { columns, inMemory, memoryTimes, own } = last;
    const [firstMillis] = memoryTimes;
    const hasMemory = firstMillis !== undefined;
    const isWhole = hasMemory && columns.beginUnixMillis <= firstMillis;
    const allStored = [...sum(before, last.stored), trafficOf(storedTimes)];
    const allJoined = [
      ...sum(before, inMemory),
      trafficOf([Math.min(storedTimes[0] ?? Infinity, memoryTimes[0] ?? Infinity), ...memoryTimes]),
    ];
    const source = new StoreSource(store, undefined, {
      translation: { scopeLabels: false, targetInfo: false },
    });
    const viewed = new StoreSource(store, undefined, {
      translation: { scopeLabels: false, targetInfo: false },
      own,
    });
    const joined = hasMemory ? new JoinedSource(viewed, columns) : viewed;
    return {
      from,
      to: Date.now(),
      stored: { source, counts: allStored },
      live: isWhole ? { source: columns, counts: [...inMemory, trafficOf(memoryTimes)] } : undefined,
      both: { source: joined, counts: hasMemory ? allJoined : allStored },
      store,
      collected,
    };
  } finally {
    vi.useRealTimers();
  }
}

interface Ended {
  readonly columns: LiveColumns;
  readonly stored: Counts;
  readonly inMemory: Counts;
  readonly storedTimes: readonly number[];
  readonly memoryTimes: readonly number[];
  readonly own: { readonly instance: string; readonly service: string; readonly sinceUnixMillis: number };
}

async function liveOnce(
  life: Life,
  store: Store,
  encoder: CollectionEncoder,
  instance: string,
): Promise<Omit<Ended, "own">> {
  const reader = new SnapshotReader();
  // As in another process.
  encoder.restart();
  const { meter, collect, columns } = collectedColumns({
    resource: resourceFromAttributes({ "service.name": "shop", "service.instance.id": instance }),
    further: reader,
    views: VIEWS,
    seriesTimeToLive: life.seriesTimeToLive,
  });
  const orders = meter.createCounter("orders");
  const histograms = ["wait", "native"].map((name) => meter.createHistogram(name));
  meter.createObservableCounter("traffic").addCallback((result) => result.observe(trafficAt(Date.now())));
  const counts = [0, 0, 0, 0];
  let [stored, inMemory]: [Counts, Counts] = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ];
  const [storedTimes, memoryTimes]: [number[], number[]] = [[], []];
  const toStore = async (): Promise<void> => {
    advance(1);
    await reader.collected(async (collection) => {
      const encoded = encoder.encode({ ...collection, timeUnixMillis: Date.now() });
      if (encoded !== undefined) store.append(encoded);
    });
    stored = [...counts];
    storedTimes.push(Date.now());
  };
  const toMemory = async (): Promise<void> => {
    advance(1);
    await collect(Date.now() / 1_000);
    inMemory = [...counts];
    memoryTimes.push(Date.now());
  };
  // Memory begins with the process.
  const steps = life.seriesTimeToLive === undefined ? life.steps : life.steps.map(collectedBoth);
  if (steps.some(({ collects }) => collects === "memory" || collects === "both")) await toMemory();
  for (const { millis, added, collects } of steps) {
    advance(millis);
    for (const [instrument, route, amount] of added) {
      if (instrument === 0) orders.add(amount, { route });
      else histograms[instrument - 1]?.record(amount, { route });
      const own = [
        [amount, 0, 0, 0],
        [0, amount <= 10 ? 1 : 0, amount, 0],
        [0, 0, 0, 1],
      ][instrument]!;
      for (const [i, count] of own.entries()) counts[i]! += count;
    }
    if (collects === "memory" || collects === "both") await toMemory();
    if (collects === "store" || collects === "both") await toStore();
  }
  // The end of memory is that of the query: samples in memory replace stored ones.
  if (memoryTimes.length > 0) await toMemory();
  if (!life.isKilled) await toStore();
  return { columns, stored, inMemory, storedTimes, memoryTimes };
}

// A series may be removed before a source has collected it.
function collectedBoth(step: Step): Step {
  return { ...step, collects: "both" };
}

// Since the boot of the machine.
function trafficAt(unixMillis: number): number {
  return unixMillis - Date.UTC(2026, 0, 1);
}

function trafficOf(times: readonly number[]): number {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  return last - first;
}

function advance(millis: number): void {
  vi.advanceTimersByTime(millis);
}

function sum(one: Counts, other: Counts): Counts {
  return one.map((count, i) => count + other[i]!);
}
