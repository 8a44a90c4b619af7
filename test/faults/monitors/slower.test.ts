// Jobs and commands that become slower than an hour before: the history has a run of that time, by a clock set back.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, test } from "vitest";
import { expectFires, expectResolves, killed, startFaulty } from "../../alerts/monitors/fault-kit.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { needs } from "../../servers/needs.ts";
import { startRedis } from "../../servers/redis.ts";

beforeAll(packedProject);

const SLOWER = [
  { name: "MessagesSlower", cause: "Messages of jobs take longer than before" },
  { name: "CommandsSlower", cause: "Command sleep takes longer than before" },
];

test("jobs and commands that take longer than an hour before", async (context) => {
  needs(context, "redis-server");
  const redis = await startRedis();
  const program = {
    program: "slower.js",
    parameters: {
      messagesSlower: { window: "40s", events: 10 },
      commandsSlower: { window: "40s", events: 3 },
    },
    options: { history: { path: join(newFolder("history"), "history.db") }, collectionInterval: 1 },
  };
  const before = await startFaulty({
    ...program,
    env: { REDIS_URL: redis.url, CLOCK_SHIFT_MILLIS: "-3600000" },
  });
  await sleep(5_000);
  await killed(before);
  const now = await startFaulty({ ...program, env: { REDIS_URL: redis.url } });
  await expectFires(now, SLOWER);
  await expectResolves(now, SLOWER);
});
