/** The types of prom-client's API that its classes share. */

/** Labels of a series: names and values. */
export type LabelValues<T extends string> = Partial<Record<T, string | number>>;

/** The same as `@prometheus-io/client` and `@platformatic/prom-client` declare it. A metric without names has no labels. */
export type LabelValuesOfOthers<T extends string> = T extends never
  ? Partial<Record<string, never>>
  : Partial<Record<T, string | number>>;

/** Method by which the metrics of several processes are combined. */
export type Aggregator = "omit" | "sum" | "first" | "min" | "max" | "average";

/**
 * Type of a metric: a text, such as `counter`. prom-client declares an enumeration of numbers, its successor texts. Ours can be
 * assigned to both, and compared with both.
 */
export type MetricType = never;

/** The types of metrics. */
export declare namespace MetricType {
  /** A counter. */
  type Counter = 0;
  /** A gauge. */
  type Gauge = 1;
  /** A histogram. */
  type Histogram = 2;
  /** A summary. */
  type Summary = 3;
}

/** Function without arguments or result. */
export type Collector = () => void;

/** Callback that sets a metric before it is read. `this` is the metric. */
// oxlint-disable-next-line typescript/no-explicit-any -- as in prom-client: a callback of any metric
export type CollectFunction<T> = (this: T) => void | Promise<void>;

/** Description of a metric. */
export interface MetricObject {
  /** Name, unique in its registry. */
  name: string;
  /** Description for readers of the metric. */
  help: string;
  /** Type, as in the text formats. */
  type: MetricType;
  /** Method by which the metrics of several processes are combined. */
  aggregator: Aggregator;
  /** Callback that sets the metric before it is read. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as in prom-client: a callback of any metric
  collect: CollectFunction<any>;
}

/** A metric and its samples. */
export interface MetricObjectWithValues<T extends MetricValue<string>> extends MetricObject {
  /** Samples, in the order in which their series were created. */
  values: T[];
}

/** A sample. */
export type MetricValue<T extends string> = {
  /** Value of the sample. */
  value: number;
  /** Labels of the sample. */
  labels: LabelValues<T> & LabelValuesOfOthers<T>;
};

/** A sample with a name of its own, such as that of a bucket. */
export type MetricValueWithName<T extends string> = MetricValue<T> & {
  /** Name of the sample, if it differs from that of the metric. */
  metricName?: string;
};

/** Increase of a counter with exemplars. */
export interface IncreaseDataWithExemplar<T extends string> {
  /** Amount. By default 1. */
  value?: number;
  /** Labels of the series. */
  labels?: LabelValues<T>;
  /** Labels of the exemplar, at most 128 characters. */
  exemplarLabels?: LabelValues<T>;
}

/** Measurement of a histogram with exemplars. */
export interface ObserveDataWithExemplar<T extends string> {
  /** Measured value. */
  value: number;
  /** Labels of the series. */
  labels?: LabelValues<T>;
  /** Labels of the exemplar, at most 128 characters. */
  exemplarLabels?: LabelValues<T>;
}

/** A counter, whose value never falls. */
export interface CounterContract<T extends string = string> {
  /** Increases a series. */
  inc(labels: LabelValues<T>, value?: number): void;
  /** Increases the series without labels. */
  inc(value?: number): void;
  /** Increases a series and sets its exemplar. */
  inc(incData: IncreaseDataWithExemplar<T>): void;
  /** Description and samples. */
  get(): Promise<MetricObjectWithValues<MetricValue<T>>>;
  /** Handle to a series, by the values of its labels. */
  labels(...values: string[]): CounterChild;
  /** Handle to a series. */
  labels(labels: LabelValues<T>): CounterChild;
  /** Removes all series, or sets the only one to 0. */
  reset(): void;
  /** Removes a series, by the values of its labels. */
  remove(...values: string[]): void;
  /** Removes a series. */
  remove(labels: LabelValues<T>): void;
}

/** Handle to a series of a counter. */
export interface CounterChild {
  /** Increases the series. */
  inc(value?: number): void;
}

/** A gauge, whose value rises and falls. */
export interface GaugeContract<T extends string = string> {
  /** Increases a series. */
  inc(labels: LabelValues<T>, value?: number): void;
  /** Increases the series without labels. */
  inc(value?: number): void;
  /** Decreases a series. */
  dec(labels: LabelValues<T>, value?: number): void;
  /** Decreases the series without labels. */
  dec(value?: number): void;
  /** Sets a series. */
  set(labels: LabelValues<T>, value: number): void;
  /** Sets the series without labels. */
  set(value: number): void;
  /** Description and samples. */
  get(): Promise<MetricObjectWithValues<MetricValue<T>>>;
  /** Sets a series to the time, in seconds since the epoch. */
  setToCurrentTime(labels?: LabelValues<T>): void;
  /** Starts a timer. The returned function sets the series to the seconds since then, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number;
  /** Handle to a series, by the values of its labels. */
  labels(...values: string[]): GaugeChild<T>;
  /** Handle to a series. */
  labels(labels: LabelValues<T>): GaugeChild<T>;
  /** Removes all series, or sets the only one to 0. */
  reset(): void;
  /** Removes a series, by the values of its labels. */
  remove(...values: string[]): void;
  /** Removes a series. */
  remove(labels: LabelValues<T>): void;
}

/** Handle to a series of a gauge. */
export interface GaugeChild<T extends string> {
  /** Increases the series. */
  inc(value?: number): void;
  /** Decreases the series. */
  dec(value?: number): void;
  /** Sets the series. */
  set(value: number): void;
  /** Sets the series to the time, in seconds since the epoch. */
  setToCurrentTime(): void;
  /** Starts a timer. The returned function sets the series to the seconds since then, and returns them. */
  startTimer(): (labels?: LabelValues<T>) => number;
}

/** A histogram, which counts values in buckets. */
export interface HistogramContract<T extends string = string> {
  /** Records a value in the series without labels. */
  observe(value: number): void;
  /** Records a value in a series. */
  observe(labels: LabelValues<T>, value: number): void;
  /** Records a value in a series and sets the exemplar of its bucket. */
  observe(observeData: ObserveDataWithExemplar<T>): void;
  /** Description and samples. */
  get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>;
  /** Starts a timer. The returned function records the seconds since then, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number;
  /** Starts a timer with an exemplar. */
  startTimer(
    labels?: LabelValues<T>,
    exemplarLabels?: LabelValues<T>,
  ): (labels?: LabelValues<T>, exemplarLabels?: LabelValues<T>) => number;
  /** Removes all series. */
  reset(): void;
  /** Creates a series with zeros, or sets it to zero. */
  zero(labels: LabelValues<T>): void;
  /** Handle to a series, by the values of its labels. */
  labels(...values: string[]): HistogramChild<T>;
  /** Handle to a series. */
  labels(labels: LabelValues<T>): HistogramChild<T>;
  /** Removes a series, by the values of its labels. */
  remove(...values: string[]): void;
  /** Removes a series. */
  remove(labels: LabelValues<T>): void;
}

/** Handle to a series of a histogram. */
export interface HistogramChild<T extends string> {
  /** Records a value in the series. */
  observe(value: number): void;
  /** Starts a timer. The returned function records the seconds since then. */
  startTimer(): (labels?: LabelValues<T>) => void;
}

/** A summary, which computes quantiles. */
export interface SummaryContract<T extends string = string> {
  /** Records a value in the series without labels. */
  observe(value: number): void;
  /** Records a value in a series. */
  observe(labels: LabelValues<T>, value: number): void;
  /** Description and samples. */
  get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>;
  /** Starts a timer. The returned function records the seconds since then, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number;
  /** Empties all series. */
  reset(): void;
  /** Handle to a series, by the values of its labels. */
  labels(...values: string[]): SummaryChild<T>;
  /** Handle to a series. */
  labels(labels: LabelValues<T>): SummaryChild<T>;
  /** Removes a series, by the values of its labels. */
  remove(...values: string[]): void;
  /** Removes a series. */
  remove(labels: LabelValues<T>): void;
}

/** Handle to a series of a summary. */
export interface SummaryChild<T extends string> {
  /** Records a value in the series. */
  observe(value: number): void;
  /** Starts a timer. The returned function records the seconds since then, and returns them. */
  startTimer(): (labels?: LabelValues<T>) => number;
}

/** Any metric. */
export type Metric<T extends string = string> =
  | CounterContract<T>
  | GaugeContract<T>
  | SummaryContract<T>
  | HistogramContract<T>;
