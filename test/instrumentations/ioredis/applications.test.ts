import { beforeAll, beforeEach, expect, test } from "vitest";
import { packedProject } from "../../packed-project.ts";
import { needs } from "../../servers/needs.ts";
import { type Redis, startRedis } from "../../servers/redis.ts";
import { samples, scrapeOf, startedApplications } from "../applications.ts";

const folder = import.meta.dirname;
let server: Redis | undefined;

beforeAll(packedProject, 180_000);

beforeEach(async (context) => {
  needs(context, "redis-server");
  server ??= await startRedis("file");
});

test.each([startedApplications[0], startedApplications[3]])(
  "the messages of %s on ioredis, started with %s, are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { REDIS_URL: server!.url } });
    const labels = 'messaging_destination_name="jobs:*:start",messaging_system="redis"';
    expect(samples(text, "messages_sent_total")).toEqual([`messages_sent_total{${labels}} 5`]);
    expect(samples(text, "messages_received_total")).toEqual([`messages_received_total{${labels}} 5`]);
    expect(samples(text, "message_processing_duration_seconds_count")).toEqual([
      `message_processing_duration_seconds_count{${labels}} 5`,
    ]);
  },
);
