import type { MetricProducer } from "tachymeter/metrics";
import type { Collection } from "../../src/engine/collection/collection.ts";
import { Collecting } from "../../src/readers/collecting.ts";

/** One collection of a producer, whatever its provider. */
export async function collectSeries(producer: MetricProducer): Promise<Collection> {
  const collecting = new Collecting({ componentType: "test" });
  collecting.bind(producer);
  return collecting.series();
}
