// A reader that collects when it is asked: the source of snapshots.
import { MetricReader } from "../engine/index.ts";

/** Collects all series, cumulative, whenever `collect()` is called; exports nothing by itself. */
export class SnapshotReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}
