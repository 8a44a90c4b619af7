import { PrometheusExporter } from "tachymeter/prometheus";
import { QueryApi } from "../../../src/query/http/api.ts";
import { sampleSourceOf } from "../../../src/query/given-source.ts";
import type { Source } from "../../../src/query/source.ts";

/** A server of the HTTP API alone. */
export interface ServedSource {
  /** URL before `/api/v1`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves the HTTP API over a source, on a free port. */
export async function serveSource(source: Source): Promise<ServedSource> {
  const exporter = new PrometheusExporter({ port: 0, preventServerStart: true });
  exporter.metrics.addRoute(new QueryApi({ source: () => sampleSourceOf(source), version: "1.2.3" }));
  await exporter.startServer();
  return { url: new URL("/", exporter.url).href.slice(0, -1), close: () => exporter.shutdown() };
}
