// Real processes and a thread that remove series.
import { expect, test } from "vitest";
import { metricsOf, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { isLong } from "../kit/test-length.ts";
import { DrivenGroup, expectTotals } from "./driven.ts";

// The aggregator itself always reports in its event loop.
test.each(isLong ? ["loop", "thread"] : ["thread"])(
  "with reporter %s, a series leaves with the last process that has it, and a backend of deltas gets all of it",
  async (reporter) => {
    const receiver = await otlpReceiver();
    const group = await DrivenGroup.create();
    const env = {
      OTEL_METRICS_EXPORTER: "prometheus,otlp",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
      TACHYMETER_GROUP_REPORTER: reporter,
    };
    const first = await group.join({ env });
    const second = await group.join({ env });
    await first.tell("add 100");
    await second.tell("add 20");
    await second.tell("thread 3");
    await expectTotals(group, { counted_total: 123, sizes_count: 123 });
    await second.tell("remove 7");
    // The first process still has these series, and the thread has others.
    await expectTotals(group, { counted_total: 130, sizes_count: 130 });
    await first.tell("remove 1000");
    await expect
      .poll(() => group.scrape(), { timeout: 10_000 })
      .not.toMatch(/(?:counted_total|sizes_count)\{by="main"/);
    expect(await group.totals("counted_total", "sizes_count")).toEqual({ counted_total: 3, sizes_count: 3 });
    await second.tell("add 5");
    await expectTotals(group, { counted_total: 8, sizes_count: 8 });
    const exported = (): readonly number[] =>
      ["counted", "sizes"].map((name) =>
        receiver.requests
          .flatMap(({ body }) => metricsOf(body))
          .flatMap((metric): number[] => {
            if (metric.name !== name) return [];
            if (metric.kind === "sum") return metric.points.map(({ value }) => value);
            return metric.kind === "histogram" ? metric.points.map(({ count }) => count) : [];
          })
          .reduce((sum, count) => sum + count, 0),
      );
    await expect.poll(exported, { timeout: 10_000 }).toEqual([1_135, 1_135]);
  },
);

test("a series that is removed before the first report of the thread keeps its figures", async () => {
  const group = await DrivenGroup.create();
  const first = await group.join();
  await first.tell("add 100");
  const flags = ["--import", "./notice-threads.mjs"];
  const second = await group.join({
    flags,
    env: { TACHYMETER_GROUP_REPORTER: "thread", TACHYMETER_GROUP_INTERVAL: "5" },
  });
  await second.tell("removeAtStart 7");
  await expectTotals(group, { counted_total: 107, sizes_count: 107 });
});

test("a removed series is not counted again if the thread that reports ends by itself", async () => {
  const group = await DrivenGroup.create();
  const first = await group.join();
  await first.tell("add 100");
  const flags = ["--import", "./notice-threads.mjs"];
  const second = await group.join({ flags, env: { TACHYMETER_GROUP_REPORTER: "thread" } });
  await second.tell("add 20");
  await second.tell("series 2");
  // The event loop has reported the series.
  await expectTotals(group, { counted_total: 120, sizes_count: 122 });
  await second.tell("awaitReporter 0");
  await second.tell("remove 7");
  // The aggregator knows that they are removed: the two that the first process does not have have left.
  await expectTotals(group, { counted_total: 127, sizes_count: 127 });
  await second.tell("terminate");
  await second.tell("add 1");
  await expectTotals(group, { counted_total: 128, sizes_count: 128 });
});
