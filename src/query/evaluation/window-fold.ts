// Functions over windows whose time grows with the samples. A window of a subquery may have millions of them.
import type { Pieces, Work } from "./evaluation.ts";
import type { FloatWindow } from "./float-window.ts";

/** Computation over the floats of a window, in parts. */
export interface WindowFold {
  /** Begins a window. It has at least one sample. */
  begin(window: FloatWindow): void;
  /** Takes the samples from index `from` to before `end`, which follow those before. */
  add(window: FloatWindow, from: number, end: number): void;
  /** Returns the result. */
  result(window: FloatWindow): number;
}

/** A function at once, and in pieces for large windows. */
export interface FoldedFunction {
  readonly ofFloats: (window: FloatWindow) => number;
  readonly inPieces: (window: FloatWindow, work: Work) => Pieces<number>;
}

// Samples between two looks at the clock.
const PIECE = 4_000;

/** The function of a fold. */
export function folded(create: () => WindowFold): FoldedFunction {
  // One for all windows that are computed at once.
  const shared = create();
  return {
    ofFloats(window) {
      shared.begin(window);
      shared.add(window, window.first, window.end);
      return shared.result(window);
    },
    *inPieces(window, work) {
      const fold = create();
      const { first, end } = window;
      fold.begin(window);
      for (let from = first; from < end; from += PIECE) {
        fold.add(window, from, Math.min(from + PIECE, end));
        if (work.spend(PIECE)) yield;
      }
      return fold.result(window);
    },
  };
}
