import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "vitest";
import { poolifier as instrumented } from "../../../instrumentations/poolifier/index.ts";
import { begin } from "../../../instrumentations/poolifier/instrumentation.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { restarted } from "../restarted.ts";
import { expectEndedPoolLeftOut, expectPoolKept, measurePools } from "../pool-figures.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled; `applications.test.ts` tests imports of ES modules.
const { FixedThreadPool }: typeof import("poolifier") = createRequire(import.meta.url)("poolifier");
type Pool = InstanceType<typeof FixedThreadPool>;
instrumentation.disable();

const pools = measurePools(instrumentation, (pool: Pool) => pool.destroy());

function newPool(): Pool {
  const pool = new FixedThreadPool(1, join(import.meta.dirname, "tasks.cjs"));
  pools.push(pool);
  return pool;
}

test("a destroyed pool is left out, until its next task", async () => {
  await expectEndedPoolLeftOut(
    [newPool(), newPool()],
    (pool, task) => {
      if (!pool.info.started) pool.start();
      return pool.execute(task);
    },
    (pool) => pool.destroy(),
  );
});

test("after a restart, the pools are still there", async () => {
  const pool = newPool();
  await expectPoolKept(
    (task) => pool.execute(task),
    () => restarted(instrumentation, instrumented, begin, {}),
  );
});
