// Collections rendered to text.
import { MeterProvider, type ResourceMetrics } from "tachymeter/metrics";
import type { MeterProviderOptions } from "tachymeter/metrics";
import type { Collection } from "../../../src/engine/collection/collection.ts";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { collectSeries } from "../../kit/collect-series.ts";
import {
  type Exposition,
  type RenderingSettings,
  type ScrapeBody,
  textOf,
} from "../../../src/readers/prometheus/exposition.ts";
import { Renderer, type RenderOptions } from "../../../src/readers/prometheus/rendering.ts";
import { PullReader } from "../../kit/pull-reader.ts";

/** Options of a rendering; by default text 0.0.4 with underscores. */
export type Wishes = RenderingSettings & Partial<Exposition> & RenderOptions;

/** The text of a collection. */
export async function rendered(metrics: ResourceMetrics | Collection, wishes: Wishes = {}): Promise<string> {
  return textOf(await bodyOf(metrics, wishes));
}

/** The bytes of a collection, for binary formats. */
export async function renderedBytes(metrics: ResourceMetrics | Collection, wishes: Wishes): Promise<Buffer> {
  const body = await bodyOf(metrics, wishes);
  const bytes = Buffer.concat(body.chunks, body.byteLength);
  body.release();
  return bytes;
}

function bodyOf(
  metrics: ResourceMetrics | Collection,
  { format = "text-0.0.4", escaping = "underscores", names, signal, ...settings }: Wishes,
): Promise<ScrapeBody> {
  const collection = "scopeMetrics" in metrics ? collectionFromMetrics(metrics) : metrics;
  return new Renderer(settings).render(collection, { format, escaping }, { names, signal });
}

/** Our provider, and the cumulative collections of its only reader. */
export function walkedProvider(options: Omit<MeterProviderOptions, "readers"> = {}): {
  readonly provider: MeterProvider;
  readonly collect: () => Promise<Collection>;
} {
  const reader = new PullReader();
  const provider = new MeterProvider({ ...options, readers: [reader] });
  return { provider, collect: () => collectSeries(reader.producer!) };
}
