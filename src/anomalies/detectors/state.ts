import { CELL, type Layout, STATE_VERSION } from "./layout.ts";

const NEVER_NEGATIVE = [
  CELL.interval,
  CELL.jitter,
  CELL.longestGap,
  CELL.longestRun,
  CELL.episodes,
  CELL.excess,
  CELL.observedDays,
  CELL.peak,
];

/** Returns a copy of the memory in a state, or undefined if it is of another version or damaged. */
export function memoryOfState(state: Uint8Array, layout: Layout): ArrayBuffer | undefined {
  if (state.byteLength !== layout.bytes) return undefined;
  const memory = new ArrayBuffer(layout.bytes);
  new Uint8Array(memory).set(state);
  const cells = new Float64Array(memory, 0, layout.cells);
  const small = new Float32Array(memory, 8 * layout.cells);
  if (cells[CELL.version] !== STATE_VERSION || !isCount(cells[CELL.points]!)) return undefined;
  if (NEVER_NEGATIVE.some((cell) => cells[cell]! < 0)) return undefined;
  return cells.every(Number.isFinite) && small.every(Number.isFinite) ? memory : undefined;
}

function isCount(points: number): boolean {
  return Number.isSafeInteger(points) && points >= 0;
}
