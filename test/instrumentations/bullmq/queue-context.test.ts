import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { expect, onTestFinished, test } from "vitest";
import { bullMq as instrumented } from "../../../instrumentations/bullmq/index.ts";
import { begin } from "../../../instrumentations/bullmq/instrumentation.ts";
import { startRedis } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const bullmq: typeof import("bullmq") = createRequire(import.meta.url)("bullmq");
const redis = serverOfFile("redis-server", startRedis);
measured(instrumentation);

test("queries of the size of a queue are not in the context of the request that added its first job", async () => {
  instrumentation.setConfig({ queueSizeInterval: 0.02 });
  const contexts = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  class Queue extends bullmq.Queue {
    override getJobCounts(...given: Parameters<InstanceType<typeof bullmq.Queue>["getJobCounts"]>) {
      seen.push(contexts.getStore());
      return super.getJobCounts(...given);
    }
  }
  const queue = new Queue("requests", { connection: { port: redis().port, maxRetriesPerRequest: null } });
  onTestFinished(() => queue.close());
  await contexts.run("request", () => queue.add("job", {}));
  await expect.poll(() => seen.length).toBeGreaterThan(3);
  expect(new Set(seen)).toEqual(new Set([undefined]));
});
