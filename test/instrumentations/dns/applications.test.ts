import { expect, test } from "vitest";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())("the lookups of %s started with %s are measured", async (_, flag, program) => {
  const text = await scrapeOf({ folder, program, flag });
  expect(samples(text, "dns_lookup_duration_seconds_count")).toEqual([
    'dns_lookup_duration_seconds_count{dns_question_name="localhost"} 3',
  ]);
});
