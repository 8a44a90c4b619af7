// Delta readers of aggregators that follow each other.
import fc from "fast-check";
import { AggregationType } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { EXPLICIT_CELLS } from "../../../src/engine/aggregation/explicit-histogram-store.ts";
import { READING } from "../../../src/engine/aggregation/exponential-reading.ts";
import type { MetricFilter } from "../../../src/engine/collection/metric-filter.ts";
import { MeterProvider } from "../../../src/engine/meter-provider.ts";
import type { MeterProviderOptions } from "../../../src/engine/meter-provider-options.ts";
import { AggregationTemporality } from "../../../src/engine/sdk-values.ts";
import { DeltaExports } from "../../../src/group/delta-exports.ts";
import { GroupMerge } from "../../../src/group/merge/group-merge.ts";
import { memberConfigurationFor } from "../../../src/group/member-configuration.ts";
import { StateReport } from "../../../src/group/state-report.ts";
import type { KeptFigures } from "../../../src/group/processes/figures-file.ts";
import type { FigureSource } from "../../../src/group/processes/state-writer.ts";
import { OpenReader } from "../../engine/our-provider.ts";
import { TestMember } from "../members.ts";
import { runs } from "../../kit/test-length.ts";

const options = {
  views: [
    {
      instrumentName: "exponential",
      aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 6 } },
    } as const,
  ],
};

/** Exported figures as on disk. */
class Disk {
  readonly #kept = new Map<number, KeptFigures>();

  read(): ReadonlyMap<number, KeptFigures> {
    return this.#kept;
  }

  write(reader: number, figures: FigureSource): void {
    const cells = new Uint8Array(Buffer.concat([...figures.cells]));
    this.#kept.set(reader, { ids: [], log: new Uint8Array(figures.logFrom(0)), cells });
  }
}

class Aggregator {
  readonly provider: MeterProvider;
  readonly #reader = new OpenReader(AggregationTemporality.DELTA);
  readonly #report: StateReport;
  readonly #merge: GroupMerge;
  #isAlone = true;

  constructor(disk: Disk, providerOptions: MeterProviderOptions = options) {
    this.#report = new StateReport(memberConfigurationFor(1, providerOptions, [this.#reader]), () => {});
    this.provider = new MeterProvider({ ...providerOptions, readers: [this.#reader] });
    this.#merge = this.provider.joinGroup((target) => {
      const merge = { gauges: "last", workerAttribute: "worker.id", timeToLiveMillis: Infinity } as const;
      const threadMerge = new GroupMerge(target, merge);
      const processMerge = new GroupMerge(target, { ...merge, inner: threadMerge });
      const exports = new DeltaExports({ target, threadMerge, processMerge });
      const known = DeltaExports.read(disk);
      if (known.length > 0) processMerge.streams.takeOver(known);
      return {
        processMerge,
        membersFor: (reader: object) => ({
          prepare: () => undefined,
          prepareNow: () => {},
          find: () => processMerge.find(),
          refresh: (unixMillis: number) => processMerge.refresh(unixMillis),
          merged: (...[stream, store, own, unixMillis]: Parameters<GroupMerge["merged"]>) => {
            if (this.#isAlone || this.#report.has(reader)) return own;
            exports.begin(stream, store, own, unixMillis);
            return processMerge.merged(stream, store, own, unixMillis);
          },
          collected: () => {
            if (!this.#isAlone && !this.#report.has(reader)) exports.end(reader, disk);
          },
        }),
      };
    }).processMerge;
  }

  /** Has members from now on, and is one itself. */
  join(): void {
    this.#isAlone = false;
    this.#report.bind(this.provider);
    this.#merge.add({ name: "this process", slot: 0, image: this.#report.newImage() });
  }

  report(): void {
    this.#report.reportNow();
  }

  find(member: TestMember): void {
    this.#isAlone = false;
    this.#merge.add(member.as(this.#merge.freeSlot()));
  }

  /** Adds what was exported to `totals`: sums, counts, and counts of buckets. @param dropped names of instruments. */
  async export(totals: Map<string, number>, dropped: readonly string[] = []): Promise<void> {
    const metricFilter: MetricFilter = {
      testMetric: (_scope, name) => (dropped.includes(name) ? "drop" : "accept"),
      testAttributes: () => "accept",
    };
    const add = (name: string, value: number): void => {
      expect(value).toBeGreaterThanOrEqual(0);
      totals.set(name, (totals.get(name) ?? 0) + value);
    };
    for (const { descriptor, kind, series } of (await this.#reader.producer.collectSeries({ metricFilter }))
      .metrics)
      series.visit(0, series.length, {
        series: (cells, offset, row) => {
          const name = `${descriptor.name} ${JSON.stringify(series.attributesOf(row))}`;
          add(name, cells[offset]!);
          if (kind === "histogram")
            for (let i = 0; i < 16; i++) add(name + i, cells[offset + EXPLICIT_CELLS.buckets + i]!);
          if (kind === "exponentialHistogram") {
            const length = cells[offset + READING.positiveLength]!;
            for (let i = 0; i < length; i++) add(`${name} buckets`, cells[offset + READING.counts + i]!);
          }
        },
      });
  }
}

function record({ provider }: Pick<TestMember, "provider">, series: number, value: number): void {
  const meter = provider.getMeter("any");
  meter.createCounter("counter").add(Math.ceil(value), { series });
  for (const name of ["explicit", "exponential"]) meter.createHistogram(name).record(value, { series });
}

function remove({ provider }: Pick<TestMember, "provider">, series: number): void {
  const meter = provider.getMeter("any");
  meter.createCounter("counter").remove({ series });
  for (const name of ["explicit", "exponential"]) meter.createHistogram(name).remove({ series });
}

const step = fc.record({
  do: fc.constantFrom("record", "record", "record", "record", "export", "takeover"),
  who: fc.nat(2),
  dropped: fc.subarray(["counter", "explicit", "exponential"]),
  series: fc.nat(2),
  value: fc.oneof(
    fc.double({ min: 0.1, max: 2, noNaN: true }),
    fc.double({ min: 0.1, max: 1e9, noNaN: true }),
  ),
});

test("what successive aggregators export adds up to what was recorded", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const disk = new Disk();
      const members = [1, 2, 3].map((slot) => new TestMember(slot, options));
      let aggregator = new Aggregator(disk);
      aggregator.join();
      let missing: TestMember[] = [...members];
      const findAll = (): void => {
        for (const member of missing) aggregator.find(member);
        missing = [];
      };
      const exported = new Map<string, number>();
      for (const { do: action, who, series, value, dropped } of steps) {
        if (action === "record") record(members[who]!, series, value);
        else if (action === "takeover") {
          aggregator = new Aggregator(disk);
          // Some members are found later.
          missing = members.slice(who);
          for (const member of members.slice(0, who)) aggregator.find(member);
        } else {
          await aggregator.export(exported, dropped);
          findAll();
        }
      }
      findAll();
      await aggregator.export(exported);

      const truth = new Map<string, number>();
      const one = new Aggregator(new Disk());
      for (const member of members) one.find(member);
      await one.export(truth);
      expect(grown(exported)).toEqual(grown(truth));
    }),
    { numRuns: runs(100) },
  );
});

const alone = fc.record({
  do: fc.constantFrom("record", "record", "record", "remove", "export", "join", "report"),
  series: fc.nat(2),
  value: fc.double({ min: 0.1, max: 1e9, noNaN: true }),
});

test("a delta reader whose filter changes its mind, and streams that no member has yet, keep what was exported", async () => {
  const disk = new Disk();
  const members = [1, 2].map((slot) => new TestMember(slot, options));
  record(members[0]!, 1, 5);
  const exported = new Map<string, number>();
  const aggregators = [[], ["counter", "explicit"], [], ["counter", "explicit", "exponential"]] as const;
  for (const dropped of aggregators) {
    // The first collection of each successor finds only the member that has not recorded yet.
    const aggregator = new Aggregator(disk);
    aggregator.find(members[1]!);
    await aggregator.export(exported, dropped);
    aggregator.find(members[0]!);
    await aggregator.export(exported);
    await aggregator.export(exported, dropped);
  }
  expect(exported.get('counter {"series":1}')).toBe(5);
  expect(exported.get('explicit {"series":1}')).toBe(1);
});

test.each([
  ["", options],
  [", through overflow", { ...options, cardinalityLimit: 2 }],
])(
  "what a process exports before and after it has joined adds up to what it has recorded%s",
  async (_, limited) => {
    await fc.assert(
      fc.asyncProperty(fc.array(alone, { maxLength: 40 }), async (steps) => {
        const process = new Aggregator(new Disk(), limited);
        const truth = new TestMember(1, options);
        const exported = new Map<string, number>();
        let hasJoined = false;
        // Reports show the end of series in streams that they have shown before.
        for (const each of [process, truth]) record(each, 0, 1);
        for (const { do: action, series, value } of [...steps, JOIN, REPORT, EXPORT]) {
          if (action === "record") for (const each of [process, truth]) record(each, series, value);
          else if (action === "remove") remove(process, series);
          else if (action === "export") await process.export(exported);
          else if (action === "report" && hasJoined) process.report();
          else if (action === "join" && !hasJoined) {
            hasJoined = true;
            process.join();
            process.report();
          }
        }
        const one = new Aggregator(new Disk());
        one.find(truth);
        const expected = new Map<string, number>();
        await one.export(expected);
        const figures = limited === options ? grown : added;
        expect(figures(exported)).toEqual(figures(expected));
      }),
      { numRuns: runs(100) },
    );
  },
);

const JOIN = { do: "join", series: 0, value: 0 };
const REPORT = { do: "report", series: 0, value: 0 };
const EXPORT = { do: "export", series: 0, value: 0 };

function grown(totals: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...totals].filter(([, value]) => value > 0));
}

// Sums over all series, of which some are in the overflow.
function added(totals: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const [name, value] of grown(totals)) {
    const metric = name.replace(/ \{.*\}/, "");
    all.set(metric, (all.get(metric) ?? 0) + value);
  }
  return all;
}
