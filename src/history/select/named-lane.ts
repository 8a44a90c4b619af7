// Series of a lane under the names that Prometheus has for them.
import type { Attributes } from "@opentelemetry/api";
import type { Labels } from "../../query/source.ts";
import { canonicalBound } from "../../translation/bound-text.ts";
import { BUCKET_LABEL } from "../../translation/labels.ts";
import type { Block } from "../store/block.ts";
import { sortedLabels } from "./stored-names.ts";

/** A lane, with its labels except the name. */
export interface NamedLane {
  /** The name that Prometheus has for the metric, without suffixes of histograms. */
  readonly name: string;
  readonly labels: Readonly<Attributes>;
  readonly isHistogram: boolean;
  /** Time of its beginning in Unix milliseconds, if a sample of 0 is selected there. */
  readonly beginMillis?: number | undefined;
  /** Time within the range at which it has ended if it has no later sample: the process that queries began. In Unix milliseconds. */
  readonly endMillis?: number | undefined;
}

/** Labels of one series of a lane. @param bound that of a bucket; else empty */
export function labelsWithin({ name, labels }: NamedLane, suffix: string, bound = ""): Labels {
  const ofBucket = bound === "" ? {} : { [BUCKET_LABEL]: bound };
  return sortedLabels({ ...labels, ...ofBucket, __name__: name + suffix });
}

/** Labels of the series of a block, whose samples are not decoded. */
export function labelsOfBlock(lane: NamedLane, block: Block): readonly Labels[] {
  if (block.kind === "numbers" || block.exponential !== undefined) return [labelsWithin(lane, "")];
  const bounds = [...block.bounds, Infinity].map(canonicalBound);
  return [
    ...bounds.map((bound) => labelsWithin(lane, "_bucket", bound)),
    labelsWithin(lane, "_sum"),
    labelsWithin(lane, "_count"),
  ];
}

/** The counts of rows `[sum, bucket 0, …, bucket n]`, each with those of the buckets below, row after row. */
export function cumulativeCells(rows: Float64Array, width: number): Float64Array {
  const totals = new Float64Array((rows.length / width) * (width - 1));
  for (let row = 0, at = 0; row < rows.length; row += width) {
    let total = 0;
    for (let k = 1; k < width; k++) totals[at++] = total += rows[row + k]!;
  }
  return totals;
}

/** The cells at one place of each row. */
export function cellsOf(rows: Float64Array, width: number, at: number): Float64Array {
  return Float64Array.from({ length: rows.length / width }, (_, i) => rows[i * width + at]!);
}
