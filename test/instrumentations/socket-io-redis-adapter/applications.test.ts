import { expect, test } from "vitest";
import { startRedis } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
const server = serverOfFile("redis-server", startRedis);

test.each(starts())(
  "the servers of %s, started with %s, are nodes that coordinate, and their messages are not counted in Redis",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { REDIS_URL: server().url } });
    expect(samples(text, "coordination_messages_total")).toEqual([
      'coordination_messages_total{coordination_message_type="broadcast"} 1',
    ]);
    expect(text).toMatch(/^coordination_active_nodes(?:\{[^}]*\})? 2$/m);
    expect(samples(text, "messages_sent_total")).toEqual([
      'messages_sent_total{messaging_destination_name="/",messaging_system_name="socket.io"} 1',
    ]);
  },
);
