import { test } from "vitest";
import { startRedis } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { expectFiveMessages, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
const server = serverOfFile("redis-server", startRedis);

test.each(starts())(
  "the messages of %s on node-redis, started with %s, are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { REDIS_URL: server().url } });
    const labels = 'messaging_destination_name="jobs:*:start",messaging_system_name="redis"';
    expectFiveMessages(text, labels);
  },
);
