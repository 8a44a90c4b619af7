import { expect, test } from "vitest";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

test.each(starts())("the health checks of %s started with %s are measured", async (_, flag, program) => {
  const text = await scrapeOf({ folder, program, flag });
  const component = 'health_component="/health"';
  expect(samples(text, "health_component_status")).toEqual([`health_component_status{${component}} 3`]);
  expect(samples(text, "health_checks_total").toSorted()).toEqual([
    `health_checks_total{${component},health_result="healthy"} 1`,
    `health_checks_total{${component},health_result="unhealthy"} 1`,
  ]);
  expect(samples(text, "health_check_duration_seconds_count")).toEqual([
    `health_check_duration_seconds_count{${component}} 2`,
  ]);
  expect(samples(text, "health_status")).toEqual(["health_status{} 2"]);
});
