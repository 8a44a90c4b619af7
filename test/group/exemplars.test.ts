// Exemplars of threads and processes, in the exports of the whole group.
import { expect, onTestFinished, test, vi } from "vitest";
import { exemplarsFrom } from "../../src/group/exemplars.ts";
import { memberProvider } from "../../src/group/threads/member-provider.ts";
import { metricsOf, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

// The parent records 1, its thread 2, the child 3 and the child's thread 4.
const PROGRAM = `
  import { fork } from "node:child_process";
  import { fileURLToPath } from "node:url";
  import { isMainThread, Worker } from "node:worker_threads";
  import { metrics } from "@opentelemetry/api";
  const isChild = process.argv[2] === "child";
  const value = 1 + Number(!isMainThread) + 2 * Number(isChild);
  const advice = { explicitBucketBoundaries: [1, 2, 3] };
  const meter = metrics.getMeter("exemplars");
  const sizes = meter.createHistogram("sizes", { advice });
  const counted = meter.createCounter("counted");
  setInterval(() => {
    sizes.record(value, { kind: "all" });
    counted.add(value);
  }, 20);
  if (isMainThread) {
    const script = fileURLToPath(import.meta.url);
    new Worker(script, { argv: process.argv.slice(2) });
    if (!isChild) fork(script, ["child"]);
  }
`;

test.each(["delta", "cumulative"])(
  "exemplars of all members are exported, with %s temporality",
  async (temporality) => {
    const receiver = await otlpReceiver();
    const cwd = await application({ "app.mjs": PROGRAM });
    runNode({
      cwd,
      args: ["--import", "tachymeter/register", "app.mjs"],
      env: {
        OTEL_SERVICE_NAME: `exemplars-${receiver.url}`,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_METRICS_EXEMPLAR_FILTER: "always_on",
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
        OTEL_METRIC_EXPORT_INTERVAL: "300",
      },
    });
    const found = (): readonly number[] => {
      const metric = receiver.metric("sizes");
      const points = metric?.kind === "histogram" ? metric.points : [];
      const values = points.flatMap(({ exemplars = [] }) => exemplars);
      return values.toSorted((a, b) => a - b);
    };
    await expect.poll(found, { timeout: 30_000 }).toEqual([1, 2, 3, 4]);
    const counters = receiver.requests.flatMap(({ body }) =>
      metricsOf(body).flatMap((metric) =>
        metric.name === "counted" && metric.kind === "sum"
          ? metric.points.map(({ exemplars = [] }) => exemplars.length)
          : [],
      ),
    );
    expect(Math.max(...counters)).toBe(1);
  },
);

test("an exemplar is sent once, also after the clock was set back", async () => {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
  const readers = [{ aggregations: {}, limits: {} }];
  const configuration = { interval: 1, views: [], readers, exemplarFilter: "always_on" };
  const member = memberProvider({ configuration, post: () => {} });
  const counter = member.meterProvider.getMeter("m").createCounter("counted");
  const taken = async (): Promise<readonly number[]> => {
    await member.publish();
    const sent = exemplarsFrom(member.takeExemplars() ?? "[]");
    return sent.flatMap(({ series }) =>
      series.flatMap(({ exemplars }) => exemplars.map(({ value }) => value)),
    );
  };
  counter.add(1);
  expect(await taken()).toEqual([1]);
  expect(await taken()).toEqual([]);
  vi.setSystemTime(1_700_000_000_000 - 3_600_000);
  counter.add(2);
  expect(await taken()).toEqual([2]);
  expect(await taken()).toEqual([]);
  vi.advanceTimersByTime(10);
  counter.add(3);
  expect(await taken()).toEqual([3]);
});
