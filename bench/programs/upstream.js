// Equivalent of Tachymeter with upstream's packages: the SDK with a Prometheus endpoint, host metrics and the base of
// instrumentations, with default options.
//
// `node --import ./bench/programs/upstream.js app.js`
import { metrics } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { HostMetrics } from "@opentelemetry/host-metrics";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { MeterProvider } from "@opentelemetry/sdk-metrics";

const meterProvider = new MeterProvider({ readers: [new PrometheusExporter({ port: 0 })] });
metrics.setGlobalMeterProvider(meterProvider);
new HostMetrics({ meterProvider }).start();
registerInstrumentations({ meterProvider, instrumentations: [] });
