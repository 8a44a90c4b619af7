import { join } from "node:path";
import { Commands, GenAi, Messaging } from "tachymeter/facades";
import { expect, test } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { reportOf } from "./report-of.ts";

const START = Date.parse("2026-11-20T06:00:00Z") / 1_000;
const END = START + 120;

type Recording = Parameters<typeof fillHistory>[0]["record"];

/** The report on a history of three collections. */
async function reportOn(record: Recording): ReturnType<typeof reportOf> {
  const path = join(newFolder("failures"), "shop.db");
  await fillHistory({ path, from: START, to: END, interval: 60, record });
  return reportOf(path, START - 60, END + 60);
}

test("failures in the first sample of a series are in the summary", async () => {
  const { summary } = await reportOn((meterProvider) => {
    const commands = new Commands({ meterProvider });
    const messaging = new Messaging({ meterProvider });
    const served = meterProvider
      .getMeter("http")
      .createHistogram("http.server.request.duration", { unit: "s" });
    return (time) => {
      if (time > START) return;
      commands.recordExecution(true, 0.1, "import");
      for (const isSuccess of [true, false, true]) commands.recordExecution(isSuccess, 0.1, "pay");
      messaging.processed("invoices", 0.1);
      messaging.processed("invoices", 0.1, new TypeError("no total"));
      for (let i = 0; i < 1_999; i++) served.record(0.1, { "http.response.status_code": 200 });
      served.record(0.1, { "http.response.status_code": 503 });
    };
  });
  expect(summary.map(({ tone, text }) => `${tone}: ${text}`)).toEqual([
    "bad: Errors of messages: 50 % (1 of 2 failed), at most 50 % at 2026-11-20 06:00.",
    "bad: Errors of commands (pay): 33.3 % (1 of 3 failed), at most 33.3 % at 2026-11-20 06:00.",
    "plain: Errors of requests served: 1 of 2000 failed.",
  ]);
});

test("a range with an idle half has shares and percentiles of all operations, not means of its parts", async () => {
  const path = join(newFolder("idle"), "shop.db");
  const HOUR = 3_600;
  await fillHistory({
    path,
    from: START,
    to: START + 8 * HOUR,
    interval: 60,
    record: (meterProvider) => {
      const meter = meterProvider.getMeter("http");
      const served = meter.createHistogram("http.server.request.duration", {
        unit: "s",
        advice: { explicitBucketBoundaries: [0.01, 0.1, 1, 10] },
      });
      return (time) => {
        const hour = ((time - START) / HOUR) % 4;
        // Two hours of work, then a slow request that fails each 10 minutes; twice.
        if (hour < 2) for (let i = 0; i < 100; i++) served.record(0.05, { "http.response.status_code": 200 });
        else if (time % 600 === 0) served.record(5, { "http.response.status_code": 500 });
      };
    },
  });
  const { summary, figures, charts } = await reportOf(path, START + 4 * HOUR, START + 8 * HOUR);
  expect(summary.map(({ text }) => text)).toContain("Errors of requests served: 12 of 12012 failed.");
  const figureOf = (id: string) => figures.find((figure) => figure.id === id);
  expect(figureOf("http-errors")).toMatchObject({ mean: 12 / 12_012, before: 12 / 12_012 });
  // Nearly all requests are in the bucket from 0.01 to 0.1 s.
  for (const seconds of [figureOf("http-duration")?.mean, figureOf("http-duration")?.before]) {
    expect(seconds).toBeGreaterThan(0.09);
    expect(seconds).toBeLessThan(0.1);
  }
  expect(figureOf("http-rate")?.mean).toBeCloseTo(12_012 / (4 * HOUR), 2);
  for (const { series } of charts.filter(({ id }) => /^http-(?:errors|duration|routes)$/.test(id))) {
    for (const { overall } of series) expect(overall).toBeLessThan(0.1);
  }
});

test("percentiles do not weigh a process of minutes as one of hours", async () => {
  const path = join(newFolder("job"), "shop.db");
  const process = (from: number, minutes: number, seconds: number): Promise<void> =>
    fillHistory({
      path,
      from,
      to: from + minutes * 60,
      interval: 60,
      instance: `${from}`,
      record: (meterProvider) => {
        const served = meterProvider.getMeter("http").createHistogram("http.server.request.duration", {
          unit: "s",
          advice: { explicitBucketBoundaries: [0.01, 0.1, 1, 10] },
        });
        return () => {
          for (let i = 0; i < 20; i++) served.record(seconds, { "http.response.status_code": 200 });
        };
      },
    });
  await process(START, 480, 0.05);
  await process(START + 400 * 60, 6, 5);
  const { figures } = await reportOf(path, START - 3_600, START + 480 * 60);
  const figureOf = (id: string) => figures.find((figure) => figure.id === id)?.mean;
  expect(figureOf("http-duration")).toBeLessThan(0.1);
  expect(figureOf("http-rate")).toBeCloseTo((20 * (481 + 7)) / (480 * 60), 2);
});

test("the highest share is that of the worst of several systems", async () => {
  const { summary } = await reportOn((meterProvider) => {
    const meter = meterProvider.getMeter("db");
    const operations = meter.createHistogram("db.client.operation.duration", { unit: "s" });
    const record = (system: string, count: number, failed: number): void => {
      for (let i = 0; i < count; i++)
        operations.record(0.01, {
          "db.system.name": system,
          ...(i < failed && { "error.type": "ECONNREFUSED" }),
        });
    };
    return () => {
      record("a-redis", 1_000, 1);
      record("postgresql", 100, 20);
    };
  });
  expect(summary.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(
      /^Errors of database operations: 1\.\d+ % \(63 of 3300 failed\), at most 20 % \(postgresql\) at /,
    ),
  );
});

test("calls to models that failed are in the summary", async () => {
  const { summary, figures } = await reportOn((meterProvider) => {
    const prices = { "gpt-5": { input: 1.25, output: 10 } };
    const genAi = new GenAi({ meterProvider, prices });
    return () => {
      for (let i = 0; i < 10; i++) {
        const call = genAi.operation({ provider: "openai", requestModel: "gpt-5" });
        if (i === 0) call.failed(Object.assign(new Error("slow down"), { status: 429 }));
        else call.ended({ inputTokens: 1_000, outputTokens: 100 });
      }
    };
  });
  expect(summary.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^Errors of calls to models: 10 % \(\d+ of \d+ failed\), at most 10 % at /),
  );
  expect(figures.map(({ id }) => id)).toEqual(expect.arrayContaining(["models-rate", "models-cost"]));
});

test("a range without failures has none in the summary", async () => {
  const { summary, failures } = await reportOn((meterProvider) => {
    const commands = new Commands({ meterProvider });
    return () => commands.recordExecution(true, 0.1, "pay");
  });
  expect(failures).toEqual([]);
  expect(summary.map(({ tone }) => tone)).toEqual(["good"]);
});

// The range has been asked for in the second of its only collections.
test("charts show the values at the end of a range of less than a second", async () => {
  const path = join(newFolder("failures"), "shop.db");
  await fillHistory({
    path,
    from: START + 0.1,
    to: START + 0.3,
    interval: 0.1,
    record: (meterProvider) => {
      const sizes = meterProvider.getMeter("shop").createGauge("message.queue.size", { unit: "{message}" });
      return () => sizes.record(5);
    },
  });
  const { charts } = await reportOf(path, START - 60, START + 0.7);
  expect(charts.map(({ series }) => series.map(({ values }) => values.at(-1)))).toEqual([[5]]);
});
