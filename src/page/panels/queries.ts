// Expressions that several panels share.
import type { PanelQuery } from "./panel.ts";

/** Median, 95th and 99th percentile of a histogram with buckets. */
export function classicQuantiles(name: string): readonly PanelQuery[] {
  return quantilesOf(`sum by (le) (rate(${name}_bucket[$range]))`);
}

/** Median, 95th and 99th percentile of buckets or of a native histogram. */
export function quantilesOf(histogram: string): readonly PanelQuery[] {
  return [0.5, 0.95, 0.99].map((quantile) => ({
    expression: `histogram_quantile(${quantile}, ${histogram})`,
    legend: `p${quantile * 100}`,
  }));
}

/** Share of a counter's increase in the series that match; 0 if no series matches. `of` selects all of them. */
export function errorShare(counter: string, matcher: string, by?: string, of?: string): string {
  const grouping = by === undefined ? "" : ` by (${by})`;
  const all = `sum${grouping} (rate(${counter}${of === undefined ? "" : `{${of}}`}[$range]))`;
  const failed = of === undefined ? matcher : `${of},${matcher}`;
  return `(sum${grouping} (rate(${counter}{${failed}}[$range])) or 0 * ${all}) / ${all}`;
}

/** A limit by instance, if more than half of it is used: a limit far above the values would flatten their lines. */
export function ifNear(limit: string, used: string): string {
  return `max by (instance) (${limit}) and ${used} > 0.5 * max by (instance) (${limit})`;
}
