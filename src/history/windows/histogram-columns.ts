// Series of a histogram with explicit bounds, as blocks of numbers.
import { type HistogramBlock, numberBlock, type NumberBlock, rowWidth } from "../store/block.ts";
import { cellsOf, cumulativeCells } from "../select/named-lane.ts";

/** Series of a histogram: the index of a bucket, or its sum. The last bucket is also the count. */
export type HistogramPart = number | "sum";

/** One block for each part. Points are decoded on demand, and at once after a reset. */
export function partsOf(block: HistogramBlock, parts: readonly HistogramPart[]): NumberBlock[] {
  const width = rowWidth(block.bounds);
  const [first, last] = [block.first(), block.last()];
  const [firsts, lasts] = [cumulativeCells(first, width), cumulativeCells(last, width)];
  let totals: Float64Array | undefined;
  const countsOf = (bucket: number): Float64Array => {
    totals ??= cumulativeCells(block.rows(), width);
    return cellsOf(totals, width - 1, bucket);
  };
  const isReset = block.isReset();
  return parts.map((part) => {
    const values = (): Float64Array => (part === "sum" ? cellsOf(block.rows(), width, 0) : countsOf(part));
    // A sum falls if negative values are recorded.
    const isRising = !isReset && (part !== "sum" || block.extremes().min >= 0);
    if (!isRising) return numberBlock(block.series, block.times(), values());
    return part === "sum"
      ? risingBlock(block, first[0]!, last[0]!, values)
      : risingBlock(block, firsts[part]!, lasts[part]!, values);
  });
}

function risingBlock(
  block: HistogramBlock,
  first: number,
  last: number,
  valuesOf: () => Float64Array,
): NumberBlock {
  let values: Float64Array | undefined;
  const { series, from, to, count } = block;
  return {
    kind: "numbers",
    series,
    from,
    to,
    count,
    first,
    last,
    min: first,
    max: last,
    // Unknown.
    sum: Number.NaN,
    increase: last - first,
    isRising: true,
    times: () => block.times(),
    values: () => (values ??= valuesOf()),
  };
}
