import { expect, test } from "vitest";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

test.each(starts())(
  "the jobs of node-cron and croner in %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag });
    expect(samples(text, "message_processing_duration_seconds_count").toSorted()).toEqual([
      'message_processing_duration_seconds_count{messaging_destination_name="croner",messaging_system_name="croner"} 1',
      'message_processing_duration_seconds_count{messaging_destination_name="default",messaging_system_name="node_cron"} 1',
      'message_processing_duration_seconds_count{messaging_destination_name="named",messaging_system_name="node_cron"} 1',
    ]);
  },
);
