import { expect, test } from "vitest";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())(
  "the health indicators of %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag });
    expect(samples(text, "health_checks_total").toSorted()).toEqual([
      'health_checks_total{health_component="cache",health_result="healthy"} 1',
      'health_checks_total{health_component="database",health_result="healthy"} 1',
    ]);
    expect(samples(text, "health_component_status").toSorted()).toEqual([
      'health_component_status{health_component="cache"} 1',
      'health_component_status{health_component="database"} 1',
    ]);
  },
);
