// Settings of start() in a group: threads and processes have the series that each reader and view needs.
import { expect, test } from "vitest";
import { otlpReceiver, type OtlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

// The thread is of the main process; the child calls start() with the same options.
const PROGRAM = `
  import { fork } from "node:child_process";
  import { fileURLToPath } from "node:url";
  import { isMainThread, Worker } from "node:worker_threads";
  import { metrics } from "@opentelemetry/api";
  import { start } from "tachymeter";
  const { LIMITS, RECEIVERS } = process.env;
  const [first, second] = JSON.parse(RECEIVERS).map((url) => url + "/v1/metrics");
  const cardinalityLimits = LIMITS && JSON.parse(LIMITS);
  const isChild = process.argv[2] === "child";
  if (isMainThread)
    start({
      host: false,
      runtime: false,
      group: { interval: 0.2 },
      readers: [
        {
          type: "otlp",
          url: first,
          interval: 0.2,
          cardinalityLimits,
          histogramAggregation: "base2_exponential_bucket_histogram",
        },
        { type: "otlp", url: second, interval: 0.2 },
      ],
      views: [
        {
          instrumentName: "viewed*",
          attributesProcessors: [{ process: ({ user }) => ({ user: user + "!" }) }],
        },
      ],
    });
  const meter = metrics.getMeter("readers");
  const counted = meter.createCounter("counted");
  for (let i = 0; i < 2_500; i++) counted.add(1, { series: i });
  meter.createHistogram("sizes").record(7);
  meter.createCounter("viewed").add(1, { user: "eve" });
  meter.createGauge("viewed.gauge").record(1, { user: "eve" });
  if (isMainThread) {
    const script = fileURLToPath(import.meta.url);
    if (isChild) setInterval(() => {}, 1_000);
    else {
      new Worker(script);
      fork(script, ["child"]);
    }
  } else setInterval(() => {}, 1_000);
`;

test.each([
  ["the default", undefined, 2_001, {}],
  ["a greater", { counter: 3_000 }, 2_500, {}],
  // The thread cannot call the processor, so the event loop reports.
  ["a greater, by a thread", { counter: 3_000 }, 2_500, { TACHYMETER_GROUP_REPORTER: "thread" }],
])(
  "threads and processes count once for readers with other aggregations and limits: %s",
  async (_, limits, series, env) => {
    const receivers = [await otlpReceiver(), await otlpReceiver()] as const;
    const urls = receivers.map(({ url }) => url);
    const cwd = await application({ "app.mjs": PROGRAM });
    runNode({
      cwd,
      args: ["app.mjs"],
      env: {
        OTEL_SERVICE_NAME: `readers-${urls[0]}`,
        RECEIVERS: JSON.stringify(urls),
        ...env,
        ...(limits !== undefined && { LIMITS: JSON.stringify(limits) }),
      },
    });
    const found = (): unknown =>
      receivers.map((receiver) => {
        const counted = receiver.metric("counted");
        const points = counted?.kind === "sum" ? counted.points : [];
        const sizes = receiver.metric("sizes");
        return {
          series: points.length,
          total: points.reduce((sum, { value }) => sum + value, 0),
          ...(sizes !== undefined && "points" in sizes && { kind: sizes.kind, points: sizes.points }),
          viewed: viewed(receiver),
        };
      });
    // In a group, the greatest limit of its readers is that of all.
    // Functions of views run once.
    const users = [{ user: "eve!" }, 3, { user: "eve!" }, 1];
    const expected = [
      {
        series,
        total: 7_500,
        kind: "exponentialHistogram",
        points: [expect.objectContaining({ count: 3 })],
        viewed: users,
      },
      {
        series,
        total: 7_500,
        kind: "histogram",
        points: [expect.objectContaining({ count: 3 })],
        viewed: users,
      },
    ];
    await expect.poll(found, { timeout: 30_000 }).toEqual(expected);
    const requests = receivers.map((receiver) => receiver.requests.length + 3);
    await expect.poll(() => receivers.every((each, i) => each.requests.length >= requests[i]!)).toBe(true);
    expect(found()).toEqual(expected);
  },
);

function viewed(receiver: OtlpReceiver): readonly unknown[] {
  return ["viewed", "viewed.gauge"].flatMap((name) => {
    const metric = receiver.metric(name);
    const points = metric?.kind === "sum" || metric?.kind === "gauge" ? metric.points : [];
    return points.flatMap(({ attributes, value }) => [attributes, value]);
  });
}
