import { join } from "node:path";
import { Commands, Messaging } from "tachymeter/facades";
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
    "bad: Errors of messages: 50 % on average, at most 50 % at 2026-11-20 06:00.",
    "bad: Errors of commands (pay): 33.3 % on average, at most 33.3 % at 2026-11-20 06:01.",
    "plain: Errors of requests served: 1 of 2000 failed.",
  ]);
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
