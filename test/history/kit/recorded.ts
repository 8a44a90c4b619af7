// The same half hour, in a history and as text that engines import.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { History, HistoryExporter } from "tachymeter/history";
import {
  type MeterProvider,
  MeterProvider as Provider,
  MetricReader,
  type ResourceMetrics,
} from "tachymeter/metrics";
import { renderPrometheus } from "tachymeter/prometheus";
import { inject, vi } from "vitest";
import { randomNumbers } from "../analysis/known-data.ts";

/** When it begins and ends, in seconds since the epoch; a collection every ten seconds. */
export const BEGIN = 1_790_000_000;
export const INTERVAL = 10;
export const END = BEGIN + 1_800;
/** A new process, whose counters begin at 0. */
const RESTART = BEGIN + 1_000;

/** What was recorded. */
export interface Recorded {
  /** The file of a history that is closed. */
  readonly path: string;
  /** All samples with their times. */
  readonly openMetrics: string;
}

class PullReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** Records it, by a clock that it turns itself. */
export async function recorded(): Promise<Recorded> {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  try {
    const path = join(mkdtempSync(join(inject("runFolder"), "kit-")), "tachymeter.db");
    const samples = new Samples();
    const random = randomNumbers(8);
    for (const [from, to] of [
      [BEGIN, RESTART],
      [RESTART, END + INTERVAL],
    ] as const) {
      const history = await History.open({ path, retention: { metricsDays: 36_500 } });
      const exporter = new HistoryExporter({ history, takePendingEvents: () => [] });
      const reader = new PullReader();
      vi.setSystemTime(from * 1_000);
      const shop = new Shop(new Provider({ readers: [reader] }), random);
      for (let time = from; time < to; time += INTERVAL) {
        vi.setSystemTime(time * 1_000);
        shop.live(time);
        const { resourceMetrics } = await reader.collect();
        await stored(exporter, resourceMetrics);
        samples.add(resourceMetrics, time);
      }
      await history.close();
    }
    return { path, openMetrics: samples.text() };
  } finally {
    vi.useRealTimers();
  }
}

function stored(exporter: HistoryExporter, metrics: ResourceMetrics): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(metrics, ({ error }) => (error === undefined ? resolve() : reject(error)));
  });
}

// Two counters a queue, a histogram a queue, a gauge that wanders, one that comes late and goes early.
class Shop {
  readonly #live: (time: number) => void;

  constructor(provider: MeterProvider, random: () => number) {
    const meter = provider.getMeter("kit");
    const sent = meter.createCounter("kit.sent", { unit: "{message}" });
    const volume = meter.createCounter("kit.volume", { unit: "By" });
    const depth = meter.createGauge("kit.depth");
    const visit = meter.createObservableGauge("kit.visit", { unit: "1" });
    const duration = meter.createHistogram("kit.duration", {
      unit: "s",
      advice: { explicitBucketBoundaries: [0.1, 0.25, 0.5, 1, 2.5, 5] },
    });
    let now = 0;
    visit.addCallback((result) => {
      if (now >= BEGIN + 300 && now < BEGIN + 1_500) result.observe(random());
    });
    this.#live = (time) => {
      now = time;
      for (const queue of ["jobs", "mail", "späte"]) {
        // The third comes when others are there for long.
        if (queue === "späte" && time < BEGIN + 700) continue;
        const attributes = { "queue.name": queue };
        sent.add(Math.floor(random() * 20), attributes);
        for (const priority of ["low", "high"]) volume.add(random() * 1_000, { ...attributes, priority });
        depth.record(100 * random() - 20, attributes);
        for (let i = 0; i < 5; i++) duration.record(6 * random() ** 3, attributes);
      }
    };
  }

  live(time: number): void {
    this.#live(time);
  }
}

// Promtool wants a family's lines together; each gets the time that a scrape would give it.
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
