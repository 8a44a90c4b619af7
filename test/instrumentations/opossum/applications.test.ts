import { expect, test } from "vitest";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

test.each(starts())(
  "the circuit breakers of %s started with %s are components of its health",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag });
    expect(samples(text, "health_component_status")).toEqual([
      'health_component_status{health_component="billing"} 3',
    ]);
    const calls = samples(text, "circuit_breaker_calls_total").toSorted();
    const labels = (outcome: string): string => `circuit_breaker_name="billing",outcome="${outcome}"`;
    expect(calls).toEqual([
      `circuit_breaker_calls_total{${labels("failure")}} 2`,
      `circuit_breaker_calls_total{${labels("rejected")}} 1`,
      `circuit_breaker_calls_total{${labels("success")}} 1`,
    ]);
  },
);
