// Jobs and commands that become slower than they were in the windows before.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, test } from "vitest";
import { expectFires, expectResolves, startFaulty } from "../../alerts/monitors/fault-kit.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { needs } from "../../servers/needs.ts";
import { startRedis } from "../../servers/redis.ts";

beforeAll(packedProject);

const SLOWER = [
  { name: "MessagesSlower", cause: "Messages of jobs take longer than before" },
  { name: "CommandsSlower", cause: "Command sleep takes longer than before" },
];

test("jobs and commands that take longer than before", async (context) => {
  needs(context, "redis-server");
  const redis = await startRedis();
  const running = await startFaulty({
    program: "slower.js",
    parameters: {
      messagesSlower: { window: "10s", events: 10 },
      commandsSlower: { window: "10s", events: 3 },
    },
    options: { collectionInterval: 1 },
    env: { REDIS_URL: redis.url },
  });
  // Five windows, of which the first three are compared with.
  await sleep(55_000);
  await expectFires(running, SLOWER);
  await expectResolves(running, SLOWER);
});
