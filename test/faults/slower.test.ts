// Jobs and commands that become slower than an hour before: the history has a run of that time, by a clock set back.
import { beforeAll, expect, test } from "vitest";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { faultyApplication, LONG_WAIT } from "../alerts/monitors/faulty-application.ts";
import { newFolder } from "../kit/new-folder.ts";
import { packedProject } from "../kit/packed-project.ts";
import { needs } from "../servers/needs.ts";
import { startRedis } from "../servers/redis.ts";

beforeAll(packedProject);

const SLOWER = {
  messagesSlower: "Messages of jobs take longer than before",
  commandsSlower: "Command sleep takes longer than before",
};

test("jobs and commands that take longer than an hour before", async (context) => {
  needs(context, "redis-server");
  const redis = await startRedis();
  const program = {
    program: "slower.mjs",
    monitors: {
      messagesSlower: { window: "40s", events: 10 },
      commandsSlower: { window: "40s", events: 3 },
    },
    options: { history: { path: join(newFolder("history"), "history.db") }, collectionInterval: 1 },
  };
  const before = await faultyApplication({
    ...program,
    env: { REDIS_URL: redis.url, CLOCK_SHIFT_MILLIS: "-3600000" },
  });
  await sleep(5_000);
  before.process.kill();
  await before.process.exit;
  const now = await faultyApplication({ ...program, env: { REDIS_URL: redis.url } });
  now.set("fault");
  await now.fires(SLOWER);
  now.set("mended");
  await expect.poll(() => now.firing(Object.keys(SLOWER)), LONG_WAIT).toEqual([]);
});
