// Instruments from the names of their series, as Prometheus has them.

/** An instrument. */
export interface Instrument {
  /** Without the suffix of a histogram's series. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Attribute sets; of a histogram, not each bucket. */
  readonly series: number;
  /** In UCUM, from the name; empty without one. */
  readonly unit: string;
  /** The metric that counts: `_count` of a histogram. */
  readonly total: string;
}

const UNITS: readonly (readonly [suffix: RegExp, unit: string])[] = [
  [/_seconds(?:_total)?$/, "s"],
  [/_bytes(?:_total)?$/, "By"],
  [/_ratio(?:_total)?$/, "1"],
];

/** The instruments of metrics, sorted by name. */
export function instrumentsOf(metrics: ReadonlyMap<string, number>): readonly Instrument[] {
  const found: Instrument[] = [];
  for (const [name, series] of metrics) {
    const base = /^(.+)_(?:bucket|sum|count)$/.exec(name)?.[1];
    const isOfHistogram = base !== undefined && metrics.has(`${base}_bucket`);
    if (!isOfHistogram) {
      const type = name.endsWith("_total") ? "counter" : "gauge";
      found.push({ name, type, series, unit: unitOf(name), total: name });
    } else if (name.endsWith("_count"))
      found.push({ name: base, type: "histogram", series, unit: unitOf(base), total: name });
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function unitOf(name: string): string {
  return UNITS.find(([suffix]) => suffix.test(name))?.[1] ?? "";
}
