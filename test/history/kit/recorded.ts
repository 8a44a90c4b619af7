// The same half hour in a history, in live columns and in OpenMetrics.
import { join } from "node:path";
import {
  AggregationType,
  type MeterProvider,
  type ResourceMetrics,
  type ViewOptions,
} from "tachymeter/metrics";
import { renderPrometheus } from "tachymeter/prometheus";
import { randomNumbers } from "../analysis/known-data.ts";
import { fillHistory } from "../filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { LiveColumns } from "../../../src/query/live/live-columns.ts";
import { SnapshotReader } from "../../../src/readers/reader.ts";

/** Start and end in seconds since the epoch; one collection every ten seconds. */
export const BEGIN = 1_790_000_000;
export const INTERVAL = 10;
export const END = BEGIN + 1_800;
/** Time of a new process, whose counters begin at 0. */
const RESTART = BEGIN + 1_000;

/** The recorded data. */
export interface Recorded {
  /** The file of a closed history. */
  readonly path: string;
  /** The same collections in memory. */
  readonly live: LiveColumns;
  /** All samples with their times. */
  readonly openMetrics: string;
}

// Servers store only the buckets.
const WITHOUT_MIN_AND_MAX: ViewOptions = {
  instrumentName: "kit.duration",
  aggregation: {
    type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
    options: { boundaries: [0.1, 0.25, 0.5, 1, 2.5, 5], recordMinMax: false },
  },
};

/** Records the data by a fake clock. */
export async function recorded(): Promise<Recorded> {
  const path = join(newFolder("kit"), "tachymeter.db");
  const samples = new Samples();
  const live = new LiveColumns({ maxBytes: 64 * 1024 ** 2, translation: {} });
  const random = randomNumbers(8);
  const whole = {
    path,
    interval: INTERVAL,
    views: [WITHOUT_MIN_AND_MAX],
    record: (provider: MeterProvider) => shop(provider, random),
  };
  for (const [from, to] of [
    [BEGIN, RESTART - INTERVAL],
    [RESTART, END],
  ] as const) {
    const reader = new SnapshotReader();
    const collected = async (metrics: ResourceMetrics, time: number): Promise<void> => {
      samples.add(metrics, time);
      await reader.collected((collection) => {
        for (const _ of live.append(collection));
      });
    };
    await fillHistory({ ...whole, from, to, reader, collected });
  }
  return { path, live, openMetrics: samples.text() };
}

// Per queue two counters and a histogram; a gauge with random steps, and one that starts late and ends early.
function shop(provider: MeterProvider, random: () => number): (time: number) => void {
  const meter = provider.getMeter("kit");
  const sent = meter.createCounter("kit.sent", { unit: "{message}" });
  const volume = meter.createCounter("kit.volume", { unit: "By" });
  const depth = meter.createGauge("kit.depth");
  const visit = meter.createObservableGauge("kit.visit", { unit: "1" });
  const duration = meter.createHistogram("kit.duration", { unit: "s" });
  let now = 0;
  let visits = 0;
  visit.addCallback((result) => {
    if (now >= BEGIN + 300 && now < BEGIN + 1_500) result.observe(visits);
  });
  return (time) => {
    now = time;
    visits = random();
    for (const queue of ["jobs", "mail", "späte"]) {
      // The third queue starts long after the others.
      if (queue === "späte" && time < BEGIN + 700) continue;
      const attributes = { "queue.name": queue };
      sent.add(Math.floor(random() * 20), attributes);
      for (const priority of ["low", "high"]) volume.add(random() * 1_000, { ...attributes, priority });
      depth.record(100 * random() - 20, attributes);
      for (let i = 0; i < 5; i++) duration.record(6 * random() ** 3, attributes);
    }
  };
}

// Promtool requires the lines of a family to be adjacent. Each sample gets the time of a scrape.
class Samples {
  readonly #families = new Map<string, string[]>();

  add(metrics: ResourceMetrics, time: number): void {
    let family: string[] = [];
    for (const line of renderPrometheus(metrics, { format: "openmetrics" }).split("\n")) {
      const [, name] = /^# TYPE (\S+)/.exec(line) ?? [];
      if (name !== undefined) {
        family = this.#families.get(name) ?? [line];
        this.#families.set(name, family);
      } else if (line !== "" && !/^#|_created[{ ]/.test(line)) family.push(`${line} ${time}`);
    }
  }

  text(): string {
    return `${[...this.#families.values()].flat().join("\n")}\n# EOF\n`;
  }
}
