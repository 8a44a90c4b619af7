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
  /** The same as `expected`, with their series in other orders. */
  readonly twins: readonly QueryEngine[];
  readonly actual: QueryEngine;
}

/** Starts three of the real Prometheus with the series, beside our engine. */
export async function enginesOver(
  context: TestContext,
  version: PrometheusVersion,
  series: readonly SampleSeries[],
  lifetime: "test" | "file" = "test",
): Promise<Engines> {
  const middle = Math.floor(series.length / 2);
  const turned = [...series.slice(middle).toReversed(), ...series.slice(0, middle)];
  const [expected, ...twins] = await Promise.all(
    [series, series.toReversed(), turned].map(async (each) =>
      httpEngine(await writtenPrometheus(context, version, each, lifetime), translated(version)),
    ),
  );
  if (expected === undefined) throw new Error("an engine is missing");
  return { expected, twins, actual: ourEngine(new MemorySource(series)) };
}

// Prometheus 3 has this function under its new name only.
function translated(version: PrometheusVersion): (expression: string) => string {
  return (expression) =>
    version === "3" ? expression.replaceAll("holt_winters(", "double_exponential_smoothing(") : expression;
}
