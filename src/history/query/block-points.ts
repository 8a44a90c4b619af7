// The points of a block as numbers.
import type { Block, HistogramBlock } from "../store/block.ts";
import type { PointList } from "./point-list.ts";

/** Adds those points of a block that are from `from` to `to`, both included. */
export function gather(block: Block, from: number, to: number, points: PointList): void {
  const times = block.times();
  const values = block.kind === "numbers" ? block.values() : countsOf(block);
  if (block.from >= from && block.to <= to) return points.pushAll(times, values);
  for (let i = 0; i < times.length; i++) {
    const time = times[i]!;
    if (time >= from && time <= to) points.push(time, values[i]!);
  }
}

/** A histogram as a number: how many values it has counted, at each of its points. */
export function countsOf(block: HistogramBlock): Float64Array {
  const rows = block.rows();
  const width = block.bounds.length + 2;
  const counts = new Float64Array(rows.length / width);
  for (let i = 0; i < counts.length; i++) for (let j = 1; j < width; j++) counts[i]! += rows[i * width + j]!;
  return counts;
}
