// A reader that collects when it is asked: the source of snapshots.
import type { InstrumentType } from "../engine/index.ts";
import { AggregationTemporality } from "../engine/sdk-values.ts";
import { Reader } from "./reader.ts";
import { temporalityOf } from "./reader-temporality.ts";

/** Collects all series, cumulative, whenever `collect()` is called; exports nothing by itself. */
export class SnapshotReader extends Reader {
  constructor() {
    super({ componentType: "SnapshotReader" });
  }

  override selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    return temporalityOf(type, AggregationTemporality.CUMULATIVE);
  }
}
