// Histories filled with past data.
import { resourceFromAttributes } from "@opentelemetry/resources";
import { History } from "tachymeter/history";
import { storeOf } from "../../src/history/store-of.ts";
import { HistoryExporter } from "../../src/history/parts.ts";
import {
  type IMetricReader,
  MeterProvider,
  type MeterProviderOptions,
  type ResourceMetrics,
  type ViewOptions,
} from "tachymeter/metrics";
import { vi } from "vitest";
import { PullReader } from "../kit/pull-reader.ts";

/** Times and content of a recording. */
export interface Recording {
  /** The store's file, which may exist already. */
  readonly path: string;
  /** From the first collection to the last, in seconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Seconds between two collections. */
  readonly interval: number;
  /** Returns a function that is called before each collection. */
  readonly record: (provider: MeterProvider) => (time: number) => void;
  readonly views?: readonly ViewOptions[];
  /** Attribute `service.instance.id` of the process. */
  readonly instance?: string;
  /** Whether the machine is suspended, so that nothing is recorded. */
  readonly isAsleep?: (time: number) => boolean;
  /** A further reader of the provider. */
  readonly reader?: IMetricReader;
  /** Called with each collection. */
  readonly collected?: (metrics: ResourceMetrics, time: number) => void | Promise<void>;
}

/** Simulates a process from one time to another, which collects into a history by a fake clock. */
export async function fillHistory({
  path,
  from,
  to,
  interval,
  record,
  views = [],
  instance,
  isAsleep,
  reader: further,
  collected,
}: Recording): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  try {
    const history = await History.open({ path, retention: { metricsDays: 36_500 } });
    const exporter = new HistoryExporter(storeOf(history));
    const reader = new PullReader();
    vi.setSystemTime(from * 1_000);
    const readers = further === undefined ? [reader] : [reader, further];
    const live = record(new MeterProvider({ readers, views: [...views], ...resourceOf(instance) }));
    for (let time = from; time <= to; time += interval) {
      vi.setSystemTime(time * 1_000);
      if (isAsleep?.(time) === true) continue;
      live(time);
      const { resourceMetrics } = await reader.collect();
      await stored(exporter, resourceMetrics);
      await collected?.(resourceMetrics, time);
    }
    await history.close();
  } finally {
    vi.useRealTimers();
  }
}

function resourceOf(instance: string | undefined): Pick<MeterProviderOptions, "resource"> {
  if (instance === undefined) return {};
  return { resource: resourceFromAttributes({ "service.name": "shop", "service.instance.id": instance }) };
}

function stored(exporter: HistoryExporter, metrics: ResourceMetrics): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(metrics, ({ error }) => (error === undefined ? resolve() : reject(error)));
  });
}
