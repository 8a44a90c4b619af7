// The metrics that a collector's users registered, with their figures.
import type { Attributes } from "@opentelemetry/api";
import { cleanLabels } from "../events/labels.ts";
import {
  CellCounter,
  CellGauge,
  CellHistogram,
  type Clean,
  type SnapshotSource,
} from "./cell-instruments.ts";
import { FacadeMeter, type FacadeOptions } from "../recording/facade-meter.ts";
import {
  DEFAULT_BOUNDARIES,
  described,
  isSameMetric,
  type MetricRegistration,
  MetricRegistrationError,
} from "./metric-registration.ts";
import { HistogramCell } from "./histogram-cell.ts";
import { NamedCounter, NamedGauge, NamedHistogram } from "./named-metrics.ts";
import { metricNameFromName, type SnapshotEntry } from "../translation/snapshot-document.ts";

/** A metric of a collector. */
export type AnyNamedMetric = NamedCounter | NamedGauge | NamedHistogram;

interface Registered {
  readonly metric: AnyNamedMetric;
  /** Missing where a facade keeps them. */
  readonly figures: SnapshotSource | undefined;
}

/** Makes each metric once; what is recorded in it is kept in cells and goes to scope `tachymeter.collector`. */
export class RegisteredMetrics {
  readonly #meter: FacadeMeter;
  readonly #registered = new Map<string, Registered>();

  constructor(options: FacadeOptions) {
    this.#meter = new FacadeMeter("tachymeter.collector", options);
  }

  /** @throws MetricRegistrationError where the name is taken by another metric; so do the others. */
  counter(registration: MetricRegistration): NamedCounter {
    const known = this.#known(registration);
    if (known instanceof NamedCounter) return known;
    const { name, description } = registration;
    const otel = this.#meter.counter(name, { description });
    const figures = new CellCounter((attributes) => {
      const bound = otel.bind(attributes);
      return (value) => bound.add(value);
    }, this.#cleaning(registration));
    const metric = new NamedCounter(registration, this.#meter.drops, figures);
    this.#begin(metric, figures, () => otel.bind({}).add(0));
    return this.#keep(metric, figures);
  }

  gauge(registration: MetricRegistration): NamedGauge {
    const known = this.#known(registration);
    if (known instanceof NamedGauge) return known;
    const { name, description } = registration;
    const otel = this.#meter.gauge(name, { description });
    const figures = new CellGauge(
      (attributes) => (value) => otel.record(value, attributes),
      this.#cleaning(registration),
    );
    return this.#keep(new NamedGauge(registration, this.#meter.drops, figures), figures);
  }

  histogram(registration: MetricRegistration): NamedHistogram {
    const known = this.#known(registration);
    if (known instanceof NamedHistogram) return known;
    const { name, description, unit, buckets = DEFAULT_BOUNDARIES } = registration;
    const otel = this.#meter.histogram(name, {
      description,
      unit,
      advice: { explicitBucketBoundaries: [...buckets] },
    });
    const forward = (attributes: Attributes): ((value: number) => void) => {
      const bound = otel.bind(attributes);
      return (value) => bound.record(value);
    };
    const figures = new CellHistogram(buckets, forward, this.#cleaning(registration));
    const metric = new NamedHistogram(registration, buckets, this.#meter.drops, figures);
    this.#begin(metric, figures, () => otel.showEmpty());
    return this.#keep(metric, figures);
  }

  /** The metric of this name; also by its name in documents, where that is another. */
  get(name: string): AnyNamedMetric | undefined {
    const metric = this.#registered.get(metricNameFromName(name))?.metric;
    return metric?.name === name || metricNameFromName(name) === name ? metric : undefined;
  }

  /**
   * Makes metrics of a facade reachable by name.
   *
   * @throws MetricRegistrationError where a name is taken, before any of them is.
   */
  adopt(metrics: readonly AnyNamedMetric[]): void {
    for (const { kind, name } of metrics) {
      if (!this.#registered.has(name)) continue;
      throw new MetricRegistrationError(
        `${kind} "${name}": it was registered before the hooks that bring it were set up; set them up first`,
      );
    }
    for (const metric of metrics) this.#registered.set(metric.name, { metric, figures: undefined });
  }

  /** The names of all metrics, as documents have them. */
  names(): Iterable<string> {
    return this.#registered.keys();
  }

  /** All series that were recorded. */
  *entries(timestamp: number): Iterable<readonly [key: string, entry: SnapshotEntry]> {
    for (const [name, { metric, figures }] of this.#registered) {
      if (figures === undefined) continue;
      if (!hasOneSeries(metric) || !isUnused(figures)) yield* figures.entries(name, timestamp);
      else if (metric.kind === "counter") yield [name, { value: 0, labels: {}, timestamp }];
      else if (metric.kind === "histogram") {
        yield [name, { value: new HistogramCell(metric.buckets).toSnapshot(), labels: {}, timestamp }];
      }
    }
  }

  // Without labels there is one series, which is 0 from the start: so a rate has a value before the first measurement.
  // If labels may come, the first ones may come right now.
  #begin(metric: AnyNamedMetric, figures: SnapshotSource, begin: () => void): void {
    if (!hasOneSeries(metric)) return;
    queueMicrotask(() => {
      this.#meter.observe(() => {
        if (isUnused(figures)) begin();
      });
    });
  }

  #known(registration: MetricRegistration): AnyNamedMetric | undefined {
    const known = this.#registered.get(metricNameFromName(registration.name))?.metric;
    if (known === undefined || isSameMetric(known, registration)) return known;
    const { name } = registration;
    const earlier = known.name;
    throw new MetricRegistrationError(
      name === earlier
        ? `${registration.kind} "${name}": it is registered already as ${described(known)}, and now as ${described(registration)}; register it alike, or under another name`
        : `${registration.kind} "${name}": "${earlier}" is registered already, and both are "${metricNameFromName(name)}" to Prometheus; choose a name that stays another one`,
    );
  }

  #keep<Metric extends AnyNamedMetric>(metric: Metric, figures: SnapshotSource): Metric {
    this.#registered.set(metricNameFromName(metric.name), { metric, figures });
    return metric;
  }

  #cleaning({ name, labels }: MetricRegistration): Clean {
    const { drops } = this.#meter;
    const onInvalid = (key: string): void => drops.label(name, "invalid", key);
    if (labels === undefined) return (given) => cleanLabels(given, onInvalid);
    const declared = new Set(labels);
    return (given) => {
      const clean = cleanLabels(given, onInvalid);
      for (const key of Object.keys(clean)) {
        if (declared.has(key)) continue;
        delete clean[key];
        drops.label(name, "undeclared", key);
      }
      return clean;
    };
  }
}

function hasOneSeries({ labels }: AnyNamedMetric): boolean {
  return labels === undefined || labels.length === 0;
}

function isUnused(figures: SnapshotSource): boolean {
  for (const _ of figures.entries("", 0)) return false;
  return true;
}
