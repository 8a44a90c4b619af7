/** What a provider's meters share: how it was configured, and what it keeps once for all instruments. */
import type { Resource } from "@opentelemetry/resources";
import type { Sampling } from "./exemplars/sampling.ts";
import type { DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";
import type { Interner } from "./series/interner.ts";
import type { ReaderChoices } from "./streams/reader-choices.ts";
import type { ViewMatchingMode } from "./streams/stream-configuration.ts";
import type { View } from "./streams/view.ts";

export interface ProviderContext {
  readonly resource: Resource;
  readonly views: readonly View[];
  readonly viewMatchingMode: ViewMatchingMode;
  /** Limit where neither a view nor a reader gives one. */
  readonly cardinalityLimit: number | undefined;
  /** How long a series may be idle; `Infinity`: for ever. */
  readonly timeToLiveMillis: number;
  /** The readers, in the order in which they were added; the list grows. */
  readonly readers: ReaderChoices[];
  readonly interner: Interner;
  readonly sampling: Sampling;
  readonly dropped: DroppedMeasurements;
}
