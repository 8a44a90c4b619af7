// An application with metrics of each kind, scraped by real servers.
import { context, type Context, ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationType, MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { onTestFinished } from "vitest";
import { ask } from "../serving/asking.ts";
import { listening } from "../../../kit/listening.ts";

/** Characters that end lines, strings or files in some formats. */
export const ODD_TEXT = "a\0b\r\u000b\u001b\u0085\u2028\uFEFF\\n\"'{},=# \t💡e\u0301";

/** The span of some of the measurements. */
export const SPAN = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

/** A listening application, with a record of its responses. */
export interface Application {
  /** The URL for a scraper whose response is recorded under `name`; `accept` replaces its own header. */
  urlFor(name: string, accept?: string): string;
  /** The content type of the response recorded under `name`. */
  contentType(name: string): Promise<string>;
}

/** Starts the application; it ends with the test. */
export async function application(): Promise<Application> {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const resource = resourceFromAttributes({ "service.name": "shop", "service.version": "2.1.0" });
  const views = [{ instrumentName: "sizes", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }];
  record(new MeterProvider({ readers: [exporter], resource, views }));
  const accepts = new Map<string, string>();
  const asked = new Map<string, string>();
  const url = await listening((request, response) => {
    const name = request.url?.slice(1) ?? "";
    const accept = accepts.get(name) ?? request.headers.accept ?? "";
    request.headers.accept = accept;
    asked.set(name, accept);
    exporter.getMetricsRequestHandler(request, response);
  }, "/metrics");
  return {
    urlFor(name, accept) {
      if (accept !== undefined) accepts.set(name, accept);
      return new URL(`/${name}`, url).href;
    },
    async contentType(name) {
      const { headers } = await ask(url, { headers: { accept: asked.get(name) ?? "" } });
      return headers["content-type"] ?? "";
    },
  };
}

/** A context in a sampled span; installs a context manager, so that measurements in it have exemplars. */
export function sampled(): Context {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(() => context.disable());
  return trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext({ ...SPAN, traceFlags: TraceFlags.SAMPLED }));
}

function record(provider: MeterProvider): void {
  const inSpan = sampled();
  const meter = provider.getMeter("shop", "1.4.0", { schemaUrl: "https://example.com/1" });
  const orders = meter.createCounter("orders", {
    unit: "{order}",
    description: "Orders taken.\nAll of them.",
  });
  orders.add(1027, { "shop.channel": "web" }, inSpan);
  const duration = meter.createHistogram("job.duration", {
    unit: "s",
    description: "How long jobs take.",
    advice: { explicitBucketBoundaries: [0.1, 1, 10] },
  });
  for (let i = 0; i < 100; i++) duration.record(i < 50 ? 0.5 : i < 75 ? 0.0625 : 2.5);
  duration.record(0.5, {}, inSpan);
  const sizes = meter.createHistogram("sizes", { unit: "By" });
  for (const size of [0, 0, 100, 100, 5_000, 100]) sizes.record(size);
  meter.createUpDownCounter("queue.length").add(-3.25);
  meter.createGauge("room.temperature", { unit: "Cel", description: "In the shop." }).record(Number.NaN);
  meter.createGauge("limits").record(-Infinity);
  meter.createGauge("odd").record(Number.MAX_VALUE, { text: ODD_TEXT });
}
