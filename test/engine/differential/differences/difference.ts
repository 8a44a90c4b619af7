// A row of the table of differences.
import type { MakeProvider } from "../../pulled.ts";

/** A difference of upstream's provider from ours. */
export interface Difference {
  /** Behaviour of upstream. */
  readonly name: string;
  /** Section of the specification with the correct behaviour, and its words. */
  readonly section: string;
  readonly words: string;
  /** Changes to programs for upstream, or programs that are not generated. */
  readonly handling: string;
  /** Runs the case on a provider, and returns its result. */
  readonly show: (makeProvider: MakeProvider) => Promise<unknown>;
  readonly upstream: unknown;
  readonly ours: unknown;
}
