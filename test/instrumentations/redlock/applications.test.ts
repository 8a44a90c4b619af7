import { expect, test } from "vitest";
import { startRedis } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
const server = serverOfFile("redis-server", startRedis);

test.each(starts())(
  "the locks of %s started with %s are measured, with either package",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { REDIS_URL: server().url } });
    for (const metric of [
      "coordination_lock_wait_duration_seconds",
      "coordination_lock_hold_duration_seconds",
    ]) {
      expect(samples(text, `${metric}_count`).toSorted()).toEqual([
        `${metric}_count{coordination_lock_name="fork:*"} 1`,
        `${metric}_count{coordination_lock_name="four:*"} 1`,
      ]);
    }
    expect(samples(text, "coordination_lock_contentions_total")).toEqual([
      'coordination_lock_contentions_total{coordination_lock_name="four:*"} 1',
    ]);
    expect(samples(text, "coordination_lock_failures_total")).toEqual([
      'coordination_lock_failures_total{coordination_lock_name="four:*",error_type="LockError"} 1',
    ]);
  },
);
