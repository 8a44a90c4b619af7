import type { TestContext } from "vitest";
import type { SampleSeries } from "../../../src/query/source.ts";
import { type PrometheusVersion, writtenPrometheus } from "../../servers/written-prometheus.ts";
import { MemorySource } from "../kit/memory-source.ts";
import { httpEngine } from "./http-engine.ts";
import { ourEngine } from "./our-engine.ts";
import type { QueryEngine } from "./outcome.ts";

/** Engines with the same samples. */
export interface Engines {
  readonly expected: QueryEngine;
  /** The same as `expected`, with its series in another order. */
  readonly twin: QueryEngine;
  readonly actual: QueryEngine;
}

/** Starts two of the real Prometheus with the series, beside our engine. */
export async function enginesOver(
  context: TestContext,
  version: PrometheusVersion,
  series: readonly SampleSeries[],
  lifetime: "test" | "file" = "test",
): Promise<Engines> {
  const [expected, twin] = await Promise.all(
    [series, series.toReversed()].map(async (each) =>
      httpEngine(await writtenPrometheus(context, version, each, lifetime), translated(version)),
    ),
  );
  if (expected === undefined || twin === undefined) throw new Error("an engine is missing");
  return { expected, twin, actual: ourEngine(new MemorySource(series)) };
}

// Prometheus 3 has this function under its new name only.
function translated(version: PrometheusVersion): (expression: string) => string {
  return (expression) =>
    version === "3" ? expression.replaceAll("holt_winters(", "double_exponential_smoothing(") : expression;
}
