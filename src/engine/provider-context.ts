/** State shared by a provider's meters: its configuration, and what exists once for all instruments. */
import type { Resource } from "@opentelemetry/resources";
import type { Sampling } from "./exemplars/sampling.ts";
import type { DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";
import type { Interner } from "./series/interner.ts";
import type { RowChanges } from "./series/series-table.ts";
import type { MetricSource } from "./collection/metric-source.ts";
import type { ProviderGroup, SharedMemory } from "./streams/members.ts";
import type { ReaderChoices } from "./streams/reader-choices.ts";
import type { ViewMatchingMode } from "./streams/stream-configuration.ts";
import type { View } from "./streams/view.ts";

export interface ProviderContext {
  readonly resource: Resource;
  /** Views of instruments that are created from now on. */
  views: readonly View[];
  readonly viewMatchingMode: ViewMatchingMode;
  /** Limit if neither a view nor a reader sets one. */
  readonly cardinalityLimit: number | undefined;
  /** Time after which an idle series is removed; `Infinity` for never. */
  timeToLiveMillis: number;
  /** Whether the idle time of series is known, so that {@link timeToLiveMillis} may change. */
  readonly tracksActivity: boolean;
  /** Readers in the order in which they were added. The array changes. */
  readonly readers: ReaderChoices[];
  readonly interner: Interner;
  readonly changes: RowChanges;
  readonly sampling: Sampling;
  readonly dropped: DroppedMeasurements;
  /** Memory of the cells, if other threads read them. */
  readonly shared?: SharedMemory | undefined;
  /** Sources of further metrics. The set changes. */
  sources?: ReadonlySet<MetricSource> | undefined;
  /** Threads and processes whose series are merged into the provider's own. */
  group?: ProviderGroup | undefined;
}
