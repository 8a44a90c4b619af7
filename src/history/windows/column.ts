// One series of a lane: its values at the boundaries of windows, or what is accumulated over them.
import type { NumberBlock } from "../store/block.ts";
import type { Boundaries } from "./boundaries.ts";
import type { Windows } from "../../query/windows.ts";

/** Receives the blocks of one series, each before the boundaries within it. */
export interface Column {
  /** Adds the next block. `number` is that of its first sample. */
  block(block: NumberBlock, number: number): void;
  /** The sample at `index` of the block is the first one of a window. */
  starts(window: number, index: number): void;
  /** The same for the last one; -1 is the last sample of the block before. */
  ends(window: number, index: number): void;
  /** Writes the values of the windows. Returns false if they would not be exact. */
  finish(into: WindowValues): boolean;
}

/** Windows, and the arrays that receive their values. */
export interface WindowValues {
  readonly windows: Windows;
  readonly boundaries: Boundaries;
  readonly values: Float64Array;
  readonly cells: Uint8Array;
}

/** Value of a sample. Only samples within a block are decoded. */
export function valueAt(block: NumberBlock, index: number): number {
  if (index === 0) return block.first;
  return index === block.count - 1 ? block.last : block.values()[index]!;
}

/** Number of samples in a window; 0 or less without any. */
export function samplesIn({ first, last }: Boundaries, window: number): number {
  return last[window]! - first[window]! + 1;
}
