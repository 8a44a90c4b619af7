import { metrics } from "@opentelemetry/api";
import { start } from "tachymeter";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter, type PrometheusExporterOptions } from "tachymeter/prometheus";
import { expect, onTestFinished, test, vi } from "vitest";
import { metricsOf } from "../readers/prometheus/serving/asking.ts";

interface Counting {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

async function samplesOf(scopes: readonly Counting[], options: PrometheusExporterOptions): Promise<string[]> {
  const reader = new PrometheusExporter({ preventServerStart: true, ...options });
  const provider = new MeterProvider({ readers: [reader] });
  for (const [index, { name, version, ...rest }] of scopes.entries())
    provider
      .getMeter(name, version, rest)
      .createCounter("jobs")
      .add(index + 1, { kind: "mail" });
  return (await metricsOf(reader)).split("\n").filter((line) => line.startsWith("jobs"));
}

const SHOP = { name: "shop", version: "1.0.0" };

test("scope labels are on by default, and any of three settings turns them off", async () => {
  const labelled = 'jobs_total{kind="mail",otel_scope_name="shop",otel_scope_version="1.0.0"} 1';
  const bare = 'jobs_total{kind="mail"} 1';
  expect(await samplesOf([SHOP], {})).toEqual([labelled]);
  expect(await samplesOf([SHOP], { scopeLabels: false })).toEqual([bare]);
  expect(await samplesOf([SHOP], { withoutScopeInfo: true })).toEqual([bare]);
  vi.stubEnv("TACHYMETER_PROMETHEUS_SCOPE_LABELS", "false");
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await samplesOf([SHOP], {})).toEqual([bare]);
  expect(await samplesOf([SHOP], { scopeLabels: true })).toEqual([labelled]);
});

test("without scope labels, the later of two colliding series keeps all scope labels", async () => {
  const scopes = [
    SHOP,
    { name: "shop", version: "2.0.0" },
    { name: "shop", version: "2.0.0", schemaUrl: "https://schemas.example/1" },
    { name: "stock", version: "3.0.0", attributes: { region: "nz" } },
  ];
  expect(await samplesOf(scopes, { scopeLabels: false })).toEqual([
    'jobs_total{kind="mail"} 1',
    'jobs_total{kind="mail",otel_scope_name="shop",otel_scope_version="2.0.0"} 2',
    'jobs_total{kind="mail",otel_scope_name="shop",otel_scope_schema_url="https://schemas.example/1",otel_scope_version="2.0.0"} 3',
    'jobs_total{kind="mail",otel_scope_name="stock",otel_scope_region="nz",otel_scope_version="3.0.0"} 4',
  ]);
});

test("our own scopes have one short name each and no schema URL", async () => {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const telemetry = start({ readers: [reader] });
  onTestFinished(async () => {
    await telemetry.shutdown();
    metrics.disable();
  });
  telemetry.messaging.sent("jobs");
  telemetry.health.set("database", "healthy");
  telemetry.collector.registerCounter("orders").increment();
  const text = await metricsOf(reader);
  const scopes = new Set(text.match(/(?<=otel_scope_name=")[^"]*/g));
  expect(scopes.size).toBeGreaterThan(3);
  expect([...scopes].filter((name) => !/^tachymeter\.[a-z]+$/.test(name))).toEqual([]);
  expect(text).not.toContain("otel_scope_schema_url");
});
