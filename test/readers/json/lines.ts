// Helpers of the tests of line files.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type MetricProducer, MetricReader } from "tachymeter/metrics";
import { expect, onTestFinished } from "vitest";
import type { Collection } from "../../../src/engine/collection/collection.ts";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { collectSeries } from "../../kit/collect-series.ts";
import { SeriesLog } from "../../../src/readers/json/series-log.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { newFolder } from "../../kit/new-folder.ts";

/** One line of a line file. */
export interface Line {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly labels: Record<string, string | number | boolean>;
  readonly value: unknown;
  readonly timestamp: number;
}

/** Collects as our readers do, under any provider. */
export class WalkingReader extends MetricReader {
  #producer: MetricProducer | undefined;

  override setMetricProducer(producer: MetricProducer): void {
    super.setMetricProducer(producer);
    this.#producer = producer;
  }

  collectSeries(): Promise<Collection> {
    return collectSeries(this.#producer!);
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A log that is closed at the end of the test. */
export function openLog(options: ConstructorParameters<typeof SeriesLog>[0]): SeriesLog {
  const log = new SeriesLog(options);
  onTestFinished(() => log.close());
  return log;
}

/** A collection of one series. */
export function jobs(total: number): Collection {
  return collectionFromMetrics(resourceMetrics([scope("s", [counter({ name: "jobs" }, [{}, total])])]));
}

/** The lines of a file; all must be complete. */
export function linesOf(file: string): Line[] {
  return parsed(readFileSync(file, "utf8"));
}

/** The lines of a text; all must be complete. */
export function parsed(text: string): Line[] {
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** The name of a file in its own folder. */
export function temporaryFile(): string {
  return join(newFolder("series-log"), "metrics.ndjson");
}
