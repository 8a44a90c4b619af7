import { expect, test } from "vitest";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

test.each(starts())("the state of %s started with %s is measured", async (_, flag, program) => {
  const text = await scrapeOf({ folder, program, flag });
  const isReady = program === "app.mjs";
  expect(samples(text, "health_component_status")).toEqual([
    `health_component_status{health_component="lightship"} ${isReady ? 1 : 3}`,
  ]);
  expect(samples(text, "lightship_beacons")).toEqual([`lightship_beacons{} ${isReady ? 1 : 0}`]);
  expect(samples(text, "lightship_shutdown_handler_duration_seconds_count").toSorted()).toEqual(
    isReady
      ? []
      : [
          'lightship_shutdown_handler_duration_seconds_count{error_type="TypeError"} 1',
          "lightship_shutdown_handler_duration_seconds_count{} 1",
        ],
  );
});
