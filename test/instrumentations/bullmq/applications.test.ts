import { expect, test } from "vitest";
import { startRedis } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { expectFiveMessages, samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;
const redis = serverOfFile("redis-server", startRedis);

test.each(bothLoaders())(
  "the jobs of %s started with %s are measured, and not also as Redis messages",
  async (_, flag, program) => {
    const name = `jobs${flag}-${program}`;
    const env = { REDIS_PORT: `${redis().port}`, QUEUE_NAME: name };
    const text = await scrapeOf({ folder, program, flag, env });
    const labels = `messaging_destination_name="${name}",messaging_system_name="bullmq"`;
    expectFiveMessages(text, labels);
    expect(samples(text, "message_wait_duration_seconds_count")).toEqual([
      `message_wait_duration_seconds_count{${labels}} 5`,
    ]);
    expect(samples(text, "messages_in_flight")).toEqual([`messages_in_flight{${labels}} 0`]);
    expect(samples(text, "message_queue_size")).toEqual([
      expect.stringMatching(
        /messaging_system_name="bullmq",server_address="127.0.0.1",server_port="\d+"\} \d$/,
      ),
    ]);
  },
);
