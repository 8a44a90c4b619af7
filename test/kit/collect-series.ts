import type { MetricProducer } from "tachymeter/metrics";
import type { Collection } from "../../src/engine/collection/collection.ts";
import { Collecting } from "../../src/readers/collecting.ts";

/** The series of one collection of a producer. */
export async function collectSeries(producer: MetricProducer): Promise<Collection> {
  const collecting = new Collecting({ componentType: "test" });
  collecting.bind(producer);
  return collecting.series();
}
