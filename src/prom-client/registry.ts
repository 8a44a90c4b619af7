/** Registries of prom-client's API. */
import { isAscii } from "node:buffer";
import { nowOrInSlices, inSlices } from "../io/yield.ts";
import { addCombined } from "./aggregators.ts";
import { Body, ChunkPool } from "../readers/prometheus/document/body.ts";
import type { Metric, MetricObject, MetricObjectWithValues, MetricValue } from "./contracts.ts";
import {
  type OpenMetricsContentType,
  openMetricsContentType,
  type PrometheusContentType,
  prometheusContentType,
  type RegistryContentType,
} from "./content-type.ts";
import { joinCollections, type JoiningRegistry } from "./joined-registries.ts";
import { show } from "../diagnostics/show.ts";
import { type GivenLabels, isObject } from "./label-checks.ts";
import { readByApplication } from "./lag-window.ts";
import { type OwnMetric, ownMetricOf } from "./own-metric.ts";
import { escapedText, type Sample, SampleLines } from "./sample-lines.ts";
import { hide, shared, STATE } from "./state.ts";

/** The metrics of a registry. Collections refer to it, weakly, and not to the registry, which may be a `Proxy`. */
class State implements JoiningRegistry {
  readonly metrics: Map<string, RegisteredMetric> = new Map();
  contentType: RegistryContentType;
  defaultLabels: GivenLabels | undefined;

  constructor(contentType: RegistryContentType) {
    this.contentType = contentType;
  }

  get isOpenMetrics(): boolean {
    return this.contentType === openMetricsContentType;
  }

  getMetricsAsArray(): RegisteredMetric[] {
    return [...this.metrics.values()];
  }
}

/**
 * A registry: metrics by their names. Two registries may have metrics of one name.
 *
 * @example
 * ```ts
 * import { Gauge, Registry } from "tachymeter/prom-client";
 *
 * const registry = new Registry();
 * new Gauge({ name: "carts", help: "Open carts", registers: [registry] }).set(2);
 * console.log(await registry.metrics());
 * ```
 */
export class Registry<BoundRegistryContentType extends RegistryContentType = PrometheusContentType> {
  /** Content type of Prometheus' text format. */
  static get PROMETHEUS_CONTENT_TYPE(): PrometheusContentType {
    return prometheusContentType;
  }

  /** Content type of OpenMetrics. */
  static get OPENMETRICS_CONTENT_TYPE(): OpenMetricsContentType {
    return openMetricsContentType;
  }

  /** The registry of metrics without registries of their own. */
  static get globalRegistry(): Registry {
    return register;
  }

  /**
   * Makes a registry with the metrics of `registers`. Throws if their content types differ, or if two of their metrics
   * have one name.
   */
  static merge(registers: Registry[]): Registry;
  static merge(registers: readonly Registry[]): unknown {
    return mergedRegistry(registers);
  }

  /**
   * Combines what `getMetricsAsJSON()` of several registries returned, by each metric's `aggregator`. Metrics without one
   * are added up.
   */
  static aggregate<T extends RegistryContentType>(metricsArr: object[], registryType?: T): Registry<T>;
  static aggregate(
    metricsOfAll: readonly object[],
    type: RegistryContentType = prometheusContentType,
  ): unknown {
    return combinedRegistry(metricsOfAll, type);
  }

  /** Content type of the text. */
  declare readonly contentType: BoundRegistryContentType;
  /** @internal */
  declare readonly [STATE]: State;

  /** Throws a `TypeError` if the content type is not one of the two. */
  constructor(regContentType?: BoundRegistryContentType);
  constructor(contentType: RegistryContentType = prometheusContentType) {
    if (!isContentType(contentType))
      throw new TypeError(`Content type ${String(contentType)} is unsupported`);
    const state = new State(contentType);
    hide(this, STATE, state);
    const get = (): RegistryContentType => state.contentType;
    Object.defineProperty(this, "contentType", { get, enumerable: true, configurable: true });
  }

  /** Text of all metrics, after their callbacks have run. Long texts are written in slices of the event loop. */
  async metrics(): Promise<string> {
    const state = this[STATE];
    const { isOpenMetrics } = state;
    const metrics = state.getMetricsAsArray();
    if (isOpenMetrics) for (const metric of metrics) standardizeName(metric);
    const all = await readAll(state, metrics, "getForPromString");
    return nowOrInSlices(textOf(state, all, isOpenMetrics ? "\n# EOF\n" : "\n"), inSlices);
  }

  /** Text of a metric, after its callback has run. */
  async getMetricsAsString(metric: object): Promise<string> {
    if (!isRegistered(metric)) throw new TypeError("metrics.get is not a function");
    return nowOrInSlices(textOf(this[STATE], [await read(metric)], ""), inSlices);
  }

  /** Text of one metric, after its callback has run. Rejects with a `TypeError` for an unknown name. */
  async getSingleMetricAsString(name: string): Promise<string> {
    const metric = this[STATE].metrics.get(name);
    if (metric === undefined)
      throw new TypeError("Cannot read properties of undefined (reading 'getForPromString')");
    return this.getMetricsAsString(metric);
  }

  /** All metrics and their samples, after their callbacks have run. With an `aggregator`, those that have it. */
  getMetricsAsJSON(aggregator?: string): Promise<MetricObjectWithValues<MetricValue<string>>[]>;
  async getMetricsAsJSON(aggregator?: string): Promise<unknown[]> {
    const state = this[STATE];
    const all = await readAll(state, metricsWith(state, aggregator), "get");
    const defaults = Object.entries(state.defaultLabels ?? {});
    return all.map((each) => {
      const described = each.kind === "own" ? each.own.describe() : each.described;
      const { values } = described;
      if (values === undefined || defaults.length === 0) return described;
      return { ...described, values: values.map((value) => withDefaults(value, defaults)) };
    });
  }

  /** All metrics. With an `aggregator`, those that have it. */
  getMetricsAsArray(aggregator?: string): MetricObject[];
  getMetricsAsArray(aggregator?: string): unknown[] {
    return metricsWith(this[STATE], aggregator);
  }

  /** @internal As in prom-client: the metrics by their names. A copy, which cannot be changed. */
  get _metrics(): object {
    return Object.freeze(Object.fromEntries(this[STATE].metrics));
  }

  /** Adds a metric: any object with a method `get()`. Throws if another one has its name. */
  registerMetric<T extends string>(metric: Metric<T>): void;
  /** @internal */
  registerMetric(metric: object): void;
  registerMetric(metric: object): void {
    if (!isRegistered(metric)) throw new TypeError(`metric must have a method get(), got ${show(metric)}`);
    const state = this[STATE];
    // As in prom-client: metrics of the application may have no name of their own.
    const name = String(metric.name);
    const known = state.metrics.get(name);
    if (known !== undefined && known !== metric)
      throw new Error(`A metric with the name ${name} has already been registered.`);
    state.metrics.set(name, metric);
    joinWith(state, [metric]);
  }

  /** Removes a metric. */
  removeSingleMetric(name: string): void {
    this[STATE].metrics.delete(name);
  }

  /** Finds a metric. */
  getSingleMetric<T extends string>(name: string): Metric<T> | undefined;
  getSingleMetric(name: string): unknown {
    return this[STATE].metrics.get(name);
  }

  /** Sets labels for all samples. Those of a series win. */
  setDefaultLabels(labels: object): void {
    const given = { ...labels };
    this[STATE].defaultLabels = Object.keys(given).length === 0 ? undefined : given;
  }

  /** Resets all metrics. */
  resetMetrics(): void {
    for (const metric of this[STATE].metrics.values()) metric.reset?.();
  }

  /** Removes all metrics and the default labels. */
  clear(): void {
    const state = this[STATE];
    state.metrics.clear();
    state.defaultLabels = undefined;
  }

  /** Sets the content type of the text. Throws an `Error` if it is not one of the two. */
  setContentType(contentType: BoundRegistryContentType): void {
    if (!isContentType(contentType)) throw new Error(`Content type ${String(contentType)} is unsupported`);
    this[STATE].contentType = contentType;
  }
}

// Also at each reading: there was no place before, if each request makes a registry.
function joinWith(state: State, metrics: readonly object[]): void {
  if (metrics.some((metric) => ownMetricOf(metric) !== undefined))
    joinCollections(state, ownMetricOf, defaultLabelsOf);
}

function defaultLabelsOf(registry: JoiningRegistry): GivenLabels | undefined {
  return "defaultLabels" in registry && isObject(registry.defaultLabels) ? registry.defaultLabels : undefined;
}

async function readAll(
  state: State,
  metrics: readonly RegisteredMetric[],
  method: "get" | "getForPromString",
): Promise<Read[]> {
  joinWith(state, metrics);
  readByApplication(metrics);
  return Promise.all(metrics.map((metric) => read(metric, method)));
}

// The callbacks of all metrics run before the first is written: one may set several metrics.
async function read(
  metric: RegisteredMetric,
  method: "get" | "getForPromString" = "getForPromString",
): Promise<Read> {
  const own = ownMetricOf(metric);
  if (own !== undefined && metric.get === own.get) {
    const collecting = own.run();
    if (collecting !== undefined) await collecting;
    return { kind: "own", metric, own };
  }
  const described: unknown = await (metric[method] === undefined ? metric.get() : metric[method]());
  if (!isDescribed(described))
    throw new TypeError(`metric "${String(metric.name)}": get() must resolve to an object`);
  return { kind: "foreign", described };
}

function* textOf(state: State, all: readonly Read[], end: string): Generator<undefined, string> {
  const body = new Body(chunks);
  for (const [i, each] of all.entries()) {
    if (i > 0 && !state.isOpenMetrics) body.endLine();
    yield* write(state, each, body);
    yield;
  }
  // The last line has its end already.
  if (all.length > 0) body.at--;
  body.text(end);
  const written = body.finish();
  // Not joined: V8 copies the parts once, when the text is sent.
  let text = "";
  for (const chunk of written.chunks) text += textOfChunk(chunk);
  written.release();
  return text;
}

function* write(state: State, metric: Read, body: Body): Generator<undefined, void> {
  const { name, help, type } = metric.kind === "own" ? metric.metric : metric.described;
  const shown = escapedText(String(name));
  const lines = new SampleLines(body, shown, state.isOpenMetrics, state.defaultLabels);
  lines.line(`# HELP ${shown} ${escapedText(String(help))}`);
  lines.line(`# TYPE ${shown} ${String(type)}`);
  if (metric.kind === "own") yield* metric.own.writeSamples(lines);
  else {
    const isTotal = state.isOpenMetrics && type === "counter";
    for (const value of metric.described.values ?? [])
      lines.sample(isTotal ? { ...value, metricName: `${value.metricName ?? shown}_total` } : value);
  }
}

function metricsWith(state: State, aggregator: string | undefined): RegisteredMetric[] {
  const metrics = state.getMetricsAsArray();
  if (aggregator === undefined) return metrics;
  return metrics.filter((metric) => (metric.aggregator ?? "sum") === aggregator);
}

// Outside of the class, since the build would rename a class that refers to itself.
function combinedRegistry(metricsOfAll: readonly object[], type: RegistryContentType): unknown {
  const registry = new Registry<RegistryContentType>(type);
  addCombined(registry, metricsOfAll, { isSuccessor: true });
  return registry;
}

function mergedRegistry(registers: readonly Registry[]): Registry {
  const type = registers[0]?.contentType;
  if (registers.some(({ contentType }) => contentType !== type))
    throw new Error("Registers can only be merged if they have the same content type");
  const merged = new Registry(type);
  for (const registry of registers)
    for (const metric of registry.getMetricsAsArray()) merged.registerMetric(metric);
  return merged;
}

// Reading ASCII as Latin-1 copies bytes, without decoding.
function textOfChunk({ buffer, byteOffset, byteLength }: Uint8Array): string {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
}

// Memory of the last text, for the next one.
const chunks = new ChunkPool();

interface Described {
  readonly name?: unknown;
  readonly help?: unknown;
  readonly type?: unknown;
  readonly aggregator?: unknown;
  readonly values?: readonly Sample[] | undefined;
}

interface RegisteredMetric extends Described {
  name?: unknown;
  get(): unknown;
  readonly getForPromString?: () => Promise<unknown>;
  readonly reset?: () => void;
}

type Read =
  | { readonly kind: "own"; readonly metric: RegisteredMetric; readonly own: OwnMetric }
  | { readonly kind: "foreign"; readonly described: Described };

function isRegistered(metric: object): metric is RegisteredMetric {
  return "get" in metric && typeof metric.get === "function";
}

function isDescribed(value: unknown): value is Described {
  return isObject(value);
}

function isContentType(type: string): type is RegistryContentType {
  return type === prometheusContentType || type === openMetricsContentType;
}

// OpenMetrics appends the suffix to each sample.
function standardizeName(metric: RegisteredMetric): void {
  const { type, name } = metric;
  if (type === "counter" && typeof name === "string") metric.name = name.replace(/_total$/, "");
}

// As in prom-client, a default label also replaces an empty value.
function withDefaults(sample: Sample, defaults: readonly (readonly [string, unknown])[]): Sample {
  const labels: Record<string, unknown> = { ...sample.labels };
  for (const [name, value] of defaults) labels[name] ||= value;
  return { ...sample, labels };
}

/** The global registry: that of metrics without registries of their own. */
export const register: Registry = shared("register", () => new Registry());

/** Whether a value is a registry of ours. Metrics and gateways have a state, too. */
export function isRegistry(value: unknown): value is Registry {
  return isObject(value) && STATE in value && "getMetricsAsJSON" in value;
}

/** One or several registries as a list. Throws a `TypeError` for anything else. */
export function registriesFrom<Each>(given: Each[] | Each): readonly Each[] {
  const registries = Array.isArray(given) ? given : [given];
  for (const registry of registries)
    if (!isRegistry(registry)) throw new TypeError(`Expected Registry, got ${typeof registry}`);
  return registries;
}
