// Metrics that an application registered on a collector.
import type { Attributes, Counter, Histogram } from "@opentelemetry/api";
import { cleanLabels, isLabelValue } from "../events/labels.ts";
import type { DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";
import { isObject } from "../options/check.ts";
import { FacadeMeter } from "../recording/facade-meter.ts";
import { beginSoon, type BoundCounter, type BoundRecorder, showEmpty } from "../recording/bind.ts";
import type { CollectorMeter, CollectorProvider } from "./provider.ts";
import {
  DEFAULT_BOUNDARIES,
  described,
  isSameMetric,
  type MetricRegistration,
  MetricRegistrationError,
} from "./metric-registration.ts";
import { NamedCounter, NamedGauge, NamedHistogram } from "./named-metrics.ts";
import { NAMED_METRICS_SCOPE } from "../translation/metric-name.ts";
import { emptyHistogram, metricNameFromName, type SnapshotEntry } from "../translation/snapshot-document.ts";

/** A metric that was registered by name. */
export type AnyNamedMetric = NamedCounter | NamedGauge | NamedHistogram;

interface Registered {
  readonly metric: AnyNamedMetric;
  /** Whether the metric has exactly one series, which is exported before its first measurement. */
  readonly isShownEmpty: boolean;
  isUsed: boolean;
}

/** Creates each metric once, in scope `tachymeter.collector` of the collector's provider. */
export class RegisteredMetrics {
  readonly #meter: CollectorMeter;
  /** Counts the measurements that the metrics refuse. */
  readonly dropped: DroppedMeasurements;
  readonly #registered = new Map<string, Registered>();

  constructor(provider: CollectorProvider) {
    this.#meter = provider.getMeter(NAMED_METRICS_SCOPE);
    this.dropped = new FacadeMeter(NAMED_METRICS_SCOPE, { meterProvider: provider }).dropped;
  }

  /**
   * Creates a counter, or returns the existing one.
   *
   * @throws MetricRegistrationError if another metric has this name.
   */
  counter(registration: MetricRegistration): NamedCounter {
    const known = this.#known(registration);
    if (known instanceof NamedCounter) return known;
    const { name, description } = registration;
    const instrument = this.#meter.createCounter(name, { description });
    // Most measurements have no labels. Their series is bound at the first one, since a bound series counts to the
    // limit.
    let bare: BoundCounter | undefined;
    const clean = this.#cleaning(registration);
    const metric = new NamedCounter(registration, this.dropped, {
      add(value, labels) {
        registered.isUsed = true;
        if (labels === undefined) (bare ??= instrument.bindWeakly({})).add(value);
        else instrument.add(value, clean(labels));
      },
    });
    const registered = this.#keep(metric, instrument);
    return metric;
  }

  /**
   * Creates a gauge, or returns the existing one.
   *
   * @throws MetricRegistrationError if another metric has this name.
   */
  gauge(registration: MetricRegistration): NamedGauge {
    const known = this.#known(registration);
    if (known instanceof NamedGauge) return known;
    const { name, description } = registration;
    const instrument = this.#meter.createGauge(name, { description });
    const clean = this.#cleaning(registration);
    const metric = new NamedGauge(registration, this.dropped, {
      record(value, labels) {
        instrument.record(value, labels === undefined ? undefined : clean(labels));
      },
      adjust: (difference, labels) => {
        if (!instrument.adjust(difference, clean(labels)))
          this.dropped.measurement(name, "limit", difference);
      },
    });
    this.#keep(metric);
    return metric;
  }

  /**
   * Creates a histogram, or returns the existing one.
   *
   * @throws MetricRegistrationError if another metric has this name.
   */
  histogram(registration: MetricRegistration): NamedHistogram {
    const known = this.#known(registration);
    if (known instanceof NamedHistogram) return known;
    const { name, description, unit, buckets = DEFAULT_BOUNDARIES } = registration;
    const instrument = this.#meter.createHistogram(name, {
      description,
      unit,
      advice: { explicitBucketBoundaries: [...buckets] },
    });
    let bare: BoundRecorder | undefined;
    const clean = this.#cleaning(registration);
    const metric = new NamedHistogram(registration, buckets, this.dropped, {
      record(value, labels) {
        registered.isUsed = true;
        if (labels === undefined) (bare ??= instrument.bindWeakly({})).record(value);
        else instrument.record(value, clean(labels));
      },
    });
    const registered = this.#keep(metric, instrument);
    return metric;
  }

  /** Returns the metric of this name, which may be the given one or the one in documents. */
  get(name: string): AnyNamedMetric | undefined {
    const metric = this.#registered.get(metricNameFromName(name))?.metric;
    return metric?.name === name || metricNameFromName(name) === name ? metric : undefined;
  }

  /**
   * Makes the metrics of a facade available by name.
   *
   * @throws MetricRegistrationError if a name is taken; then no metric is added.
   */
  adopt(metrics: readonly AnyNamedMetric[]): void {
    for (const { kind, name } of metrics) {
      if (!this.#registered.has(name)) continue;
      throw new MetricRegistrationError(
        `${kind} "${name}": already registered before the hooks that provide it; set up the hooks first`,
      );
    }
    for (const metric of metrics)
      this.#registered.set(metric.name, { metric, isShownEmpty: false, isUsed: true });
  }

  /** Names of all metrics. */
  names(): Iterable<string> {
    return this.#registered.keys();
  }

  /** Iterates over the series that are exported although they have no measurement. */
  *emptyEntries(timestamp: number): Iterable<readonly [key: string, entry: SnapshotEntry]> {
    for (const [name, { metric, isShownEmpty, isUsed }] of this.#registered) {
      if (!isShownEmpty || isUsed) continue;
      const value = metric.kind === "histogram" ? emptyHistogram(metric.buckets) : 0;
      yield [name, { value, labels: {}, timestamp }];
    }
  }

  #known(registration: MetricRegistration): AnyNamedMetric | undefined {
    const known = this.#registered.get(metricNameFromName(registration.name))?.metric;
    if (known === undefined || isSameMetric(known, registration)) return known;
    const { name } = registration;
    const earlier = known.name;
    throw new MetricRegistrationError(
      name === earlier
        ? `${registration.kind} "${name}": already registered as ${described(known)}, not as ${described(registration)}; use the same arguments or another name`
        : `${registration.kind} "${name}": "${earlier}" is already registered, and both have the Prometheus name "${metricNameFromName(name)}"; choose another name`,
    );
  }

  // A metric without labels has one series, which is 0 from the start, so that a rate has a value before the first
  // measurement. If labels are allowed, the first measurement may follow at once and have some. Gauges have no
  // `instrument`.
  #keep(metric: AnyNamedMetric, instrument?: { real(): Counter | Histogram | undefined }): Registered {
    const hasOneSeries = metric.labels === undefined || metric.labels.length === 0;
    const registered = { metric, isShownEmpty: hasOneSeries && instrument !== undefined, isUsed: false };
    this.#registered.set(metricNameFromName(metric.name), registered);
    if (registered.isShownEmpty) {
      this.#meter.real.observe((meter) =>
        beginSoon(meter, () => {
          const real = instrument?.real();
          if (!registered.isUsed && real !== undefined) showEmpty(real);
        }),
      );
    }
    return registered;
  }

  #cleaning({ name, labels }: MetricRegistration): (given: unknown) => Attributes | undefined {
    const dropped = this.dropped;
    const declared = labels === undefined ? undefined : new Set(labels);
    return (given) => {
      if (given === undefined || areClean(given, declared)) return given;
      const clean = cleanLabels(given, (key) => dropped.label(name, "invalid", key));
      for (const key of Object.keys(clean)) {
        if (declared?.has(key) !== false) continue;
        delete clean[key];
        dropped.label(name, "undeclared", key);
      }
      return clean;
    };
  }
}

// Nearly all labels are clean: they are recorded as they are, without a copy.
function areClean(given: unknown, declared: ReadonlySet<string> | undefined): given is Attributes {
  try {
    if (!isObject(given)) return false;
    for (const key in given) {
      if (!isLabelValue(given[key]) || declared?.has(key) === false) return false;
    }
    return true;
  } catch {
    // A getter or a proxy may throw.
    return false;
  }
}
