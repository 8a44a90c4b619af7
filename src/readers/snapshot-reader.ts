// A reader that collects when it is asked: the source of snapshots.
import { MetricReader } from "../engine/index.ts";
import { AggregationTemporality } from "../engine/sdk-values.ts";
import { temporalityOf } from "./observed-gauges.ts";

/** Collects all series, cumulative, whenever `collect()` is called; exports nothing by itself. */
export class SnapshotReader extends MetricReader {
  constructor() {
    super({
      aggregationTemporalitySelector: (type) => temporalityOf(type, AggregationTemporality.CUMULATIVE),
    });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}
