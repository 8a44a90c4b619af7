import { beforeEach, expect, test } from "vitest";
import { needsZookeeper, startZookeeper, type Zookeeper } from "../../servers/zookeeper.ts";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
let server: Zookeeper;

beforeEach(async (context) => {
  needsZookeeper(context);
  server ??= await startZookeeper("file");
}, 120_000);

test.each(starts())(
  "the requests to ZooKeeper of %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { ZOOKEEPER: server.address } });
    for (const metric of ["coordination_messages_total", "coordination_message_latency_seconds_count"]) {
      expect(samples(text, metric)).toEqual([
        `${metric}{coordination_message_type="create"} 5`,
        `${metric}{coordination_message_type="get_data"} 5`,
      ]);
    }
  },
);
