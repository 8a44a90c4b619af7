// A row of the table of differences.
import type { MakeProvider } from "../../pulled.ts";

/** Something that upstream's provider does otherwise. */
export interface Difference {
  /** What upstream does. */
  readonly name: string;
  /** Where the specification says what is right, and its words. */
  readonly section: string;
  readonly words: string;
  /** How programs are changed for upstream, or which of them are not made. */
  readonly handling: string;
  /** Makes the case on a provider, and gives what came of it. */
  readonly show: (makeProvider: MakeProvider) => Promise<unknown>;
  readonly upstream: unknown;
  readonly ours: unknown;
}
