// Long ranges over live metrics and a history lost the samples of the history. Its selection of samples still had windows,
// so that it returned computed values instead.
import { join } from "node:path";
import { metrics } from "@opentelemetry/api";
import { start, type Tachymeter } from "tachymeter";
import { expect, onTestFinished, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";

async function valueOf(telemetry: Tachymeter, expression: string): Promise<number | undefined> {
  const result = await telemetry.query(expression);
  const [series] = result.kind === "vector" ? result.series : [];
  return typeof series?.value === "number" ? series.value : undefined;
}

test.each([false, true])(
  "a range of 15 minutes and more sees the history, with alerts %j",
  async (alerts) => {
    const path = join(newFolder("joined"), "tachymeter.db");
    const begin = (): Tachymeter => {
      const options = {
        host: false,
        runtime: false,
        group: false,
        instrumentations: [],
        readers: [],
      } as const;
      const telemetry = start({ serviceName: "shop", ...options, history: { path }, alerts });
      onTestFinished(() => telemetry.shutdown());
      return telemetry;
    };
    const before = begin();
    const orders = metrics.getMeter("shop").createCounter("orders");
    for (let i = 0; i < 3; i++) {
      orders.add(100);
      await before.forceFlush();
    }
    await before.shutdown();

    const after = begin();
    metrics.getMeter("shop").createCounter("orders").add(2);
    for (const range of ["14m", "15m", "30m"]) {
      expect([range, await valueOf(after, `max_over_time(orders_total[${range}])`)]).toEqual([range, 300]);
      expect(await valueOf(after, `count_over_time(orders_total[${range}])`)).toBeGreaterThan(3);
    }
  },
);
