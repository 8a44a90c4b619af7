import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";

const compiler = resolve(import.meta.dirname, "../../node_modules/typescript/bin/tsc");

// Each type of prom-client's declarations, as a program uses it.
const program = `
type Names = "method" | "route";
export class Metrics {
  readonly registry: client.Registry = new client.Registry();
  readonly open: client.Registry<client.OpenMetricsContentType> = new client.Registry<client.OpenMetricsContentType>();
  readonly requests: client.Counter<Names>;
  readonly gauges: Record<string, client.Gauge<string>> = {};
  readonly any: client.Counter | client.Gauge | client.Histogram | client.Summary;
  readonly cluster: client.AggregatorRegistry<client.PrometheusContentType> = new client.AggregatorRegistry();
  readonly gateway: client.Pushgateway<client.RegistryContentType>;
  #child: client.Counter.Internal | client.Gauge.Internal<Names> | client.Histogram.Internal<Names> | undefined;

  constructor(options: client.CounterConfiguration<Names>, registry: client.Registry = client.register) {
    this.requests = new client.Counter<Names>({ ...options, registers: [registry, this.open] });
    this.any = this.requests;
    this.#child = this.requests.labels("GET", "/");
    this.gateway = new client.Pushgateway("http://127.0.0.1:9091", {}, registry);
  }

  find<T extends string>(name: string): client.Counter<T> | undefined {
    const metric: client.Metric<T> | undefined = this.registry.getSingleMetric<T>(name);
    return metric instanceof client.Counter ? metric : undefined;
  }

  named(name: string): client.Histogram<"route"> {
    return this.registry.getSingleMetric(name) as client.Histogram<"route">;
  }

  push(parameters: client.Pushgateway.Parameters): Promise<{ resp?: unknown; body?: unknown }> {
    this.#child = undefined;
    return this.gateway.pushAdd(parameters);
  }
}

export class PrefixedRegistry extends client.Registry {
  override async metrics(): Promise<string> {
    return (await super.metrics()).toUpperCase();
  }
}

export const merged: client.Registry = client.Registry.merge([new PrefixedRegistry(), client.register]);
export type Options = ConstructorParameters<typeof client.Counter>[0];
export type Timed = ReturnType<client.Histogram<"route">["startTimer"]>;
export type Made = InstanceType<typeof client.Summary>;
export const buckets: client.Histogram.Config & client.Summary.Config = { buckets: client.linearBuckets(0, 1, 3) };
export const gauge: client.GaugeConfiguration<Names> = {
  name: "a", help: "h", labelNames: ["method"],
  collect() { this.set({ method: "GET" }, 1); },
};
export const others: [
  client.HistogramConfiguration<Names>,
  client.SummaryConfiguration<Names>,
  client.DefaultMetricsCollectorConfiguration<client.PrometheusContentType>,
] = [{ name: "h", help: "h", buckets: [1] }, { name: "s", help: "h", percentiles: [0.5] }, { prefix: "my_" }];
export const more: {
  aggregator: client.Aggregator; charset: client.Charset; collector: client.Collector;
  exemplar: client.IncreaseDataWithExemplar<Names>; observed: client.ObserveDataWithExemplar<Names>;
  mime: client.OpenMetricsMIME | client.PrometheusMIME;
  version: client.OpenMetricsVersion | client.PrometheusMetricsVersion;
  summary?: client.Summary.Internal<Names>; type?: client.MetricType.Gauge;
  // Types without \`export\`, which a declaration file exports too.
  labels: client.LabelValues<Names>; value: client.MetricValue<Names>; named: client.MetricValueWithName<Names>;
  callback: client.CollectFunction<client.Gauge>;
} = {
  aggregator: "sum", charset: "utf-8", collector: () => {}, exemplar: { value: 1 }, observed: { value: 1 },
  mime: "text/plain", version: "1.0.0", labels: { method: "GET" }, value: { value: 1, labels: {} },
  named: { value: 1, labels: {}, metricName: "a" }, callback() { this.set(1); },
};
export async function json(): Promise<client.MetricObjectWithValues<client.MetricValue<string>>[]> {
  const objects: client.MetricObject[] = client.register.getMetricsAsArray();
  const type: client.MetricType | undefined = objects[0]?.type;
  return type === undefined ? [] : client.register.getMetricsAsJSON();
}
client.collectDefaultMetrics({ register: client.register });
// Registries out of the options of metrics, as fastify-metrics takes them.
export function registriesOf(
  options: { defaults?: client.DefaultMetricsCollectorConfiguration<client.PrometheusContentType>; routes?: Partial<client.HistogramConfiguration<string>> },
): client.Registry {
  const registries: client.Registry[] = [...((options.routes?.registers ?? []) as client.Registry<client.PrometheusContentType>[])];
  if (options.defaults?.register) registries.push(options.defaults.register);
  return client.Registry.merge([...new Set([client.register, ...registries])]);
}
// @ts-expect-error -- a label that the metric does not have
new client.Counter({ name: "c", help: "h", labelNames: ["a"] }).inc({ b: "x" });
// @ts-expect-error -- a registry of another content type
export const wrong: client.Registry = new client.Registry<client.OpenMetricsContentType>();
`;

// Names that the successor adds.
const ofSuccessor = `
import { ClusterRegistry, Counter, Registry, WorkerRegistry, collectDefaultMetrics, Pushgateway, register } from "MODULE";
import type { PrometheusContentType, MetricType } from "MODULE";
export const cluster: ClusterRegistry<PrometheusContentType> = new ClusterRegistry();
export const threads: WorkerRegistry<PrometheusContentType> = new WorkerRegistry();
ClusterRegistry.setRegistries([register as Registry<PrometheusContentType>]);
WorkerRegistry.setRegistries(register as Registry<PrometheusContentType>);
export async function text(): Promise<string> {
  const sums = await register.getMetricsAsJSON("sum");
  const type: MetricType | undefined = register.getMetricsAsArray("sum")[0]?.type;
  if (type === "counter" || sums[0]?.type === "gauge") await threads.shutdown();
  const all = Registry.aggregate<PrometheusContentType>([sums]);
  return (await cluster.clusterMetrics()) + (await threads.workerMetrics()) + (await all.metrics());
}
export const gateway = new Pushgateway("http://127.0.0.1:9091", register);
new Counter({ name: "c", help: "h" }).inc(2);
collectDefaultMetrics({ eventLoopUtilizationTimeout: 50, eventLoopUtilizationPercentiles: [0.5] });
`;

const named = `
import { register, Registry, Counter, type Histogram, type CounterConfiguration, type LabelValues } from "MODULE";
export const registry: Registry = register;
export const counters: Map<string, Counter<"a">> = new Map();
export const options: CounterConfiguration<"a"> = { name: "c", help: "h", labelNames: ["a"] };
export const made: Counter.Internal = new Counter(options).labels({ a: 1 } satisfies LabelValues<"a">);
export const timed = (histogram: Histogram<"a">): number => histogram.startTimer({ a: "x" })();
`;

const files = (module: string): Record<string, string> => ({
  "default.ts": `import client from "${module}";${program}`,
  "default.cts": `import client from "${module}";${program}`,
  "namespace.ts": `import * as client from "${module}";${program}`,
  "required.cts": `import client = require("${module}");${program}`,
  "type.ts": `import type client from "${module}";\nexport type R = client.Registry | client.Counter<"a">;`,
  "named.ts": named.replace("MODULE", module),
});

beforeAll(async () => void (await packedProject()));

test.each(["prom-client", "tachymeter/prom-client"])(
  "one program compiles with the types of %s, by each form of import",
  async (module) => {
    expect(await problemsWith(files(module), { module: "nodenext" })).toBe("");
    const { "default.ts": byDefault = "", "namespace.ts": asNamespace = "" } = files(module);
    const bundled = { "default.ts": byDefault, "namespace.ts": asNamespace };
    expect(await problemsWith(bundled, { module: "esnext", moduleResolution: "bundler" })).toBe("");
  },
);

test.each(["@prometheus-io/client", "tachymeter/prom-client"])(
  "a program compiles with what %s adds",
  async (module) => {
    expect(
      await problemsWith({ "app.ts": ofSuccessor.replaceAll("MODULE", module) }, { module: "nodenext" }),
    ).toBe("");
  },
);

async function problemsWith(sources: Record<string, string>, options: object): Promise<string> {
  const compilerOptions = {
    ...options,
    target: "es2022",
    types: ["node"],
    strict: true,
    esModuleInterop: true,
    noImplicitOverride: true,
    noEmit: true,
    skipLibCheck: true,
  };
  const cwd = await application({
    "package.json": JSON.stringify({ type: "module" }),
    "tsconfig.json": JSON.stringify({ compilerOptions, include: ["*.ts", "*.cts"] }),
    ...sources,
  });
  return promisify(execFile)(process.execPath, [compiler, "-p", "."], { cwd }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}
