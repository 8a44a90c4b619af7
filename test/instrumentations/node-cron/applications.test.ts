import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../../kit/packed-project.ts";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

beforeAll(packedProject);

const { version }: { version: string } = JSON.parse(
  readFileSync("node_modules/node-cron/package.json", "utf8"),
);

test.for(starts)(
  "the jobs of node-cron and croner in %s started with %s are measured",
  async ([, flag, program], context) => {
    const isUnseen = program === "app.mjs" && /^4\.[0-2]\./.test(version);
    context.skip(isUnseen, "ES modules use this version of node-cron unseen");
    const text = await scrapeOf({ folder, program, flag });
    expect(samples(text, "message_processing_duration_seconds_count").toSorted()).toEqual([
      'message_processing_duration_seconds_count{messaging_destination_name="croner",messaging_system_name="croner"} 1',
      'message_processing_duration_seconds_count{messaging_destination_name="default",messaging_system_name="node_cron"} 1',
      'message_processing_duration_seconds_count{messaging_destination_name="named",messaging_system_name="node_cron"} 1',
    ]);
  },
);
