import { join } from "node:path";
import { expect, test } from "vitest";
import { markdownOf } from "../../../src/cli/report/markdown.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { reportOf } from "./report-of.ts";

const START = Date.parse("2026-11-20T06:00:00Z") / 1_000;
const END = START + 300;

test("a report names the functions that blocked the event loop, those of the first collection included", async () => {
  const path = join(newFolder("blocks"), "shop.db");
  await fillHistory({
    path,
    from: START,
    to: END,
    interval: 60,
    record: (meterProvider) => {
      const blocked = meterProvider
        .getMeter("tachymeter.profiles")
        .createCounter("nodejs.eventloop.blocked.duration", { unit: "s" });
      return (time) => {
        const hashing = { "code.function.name": "hash|all", "code.file.path": "src/users.js" };
        if (time === START) blocked.add(3, { ...hashing, "code.line.number": 12 });
        if (time === START + 120) blocked.add(1, { "code.function.name": "garbage collection" });
        if (time !== START + 180) return;
        for (let i = 0; i < 12; i++)
          blocked.add(0.01, {
            "code.function.name": `f${i}`,
            "code.file.path": "f.js",
            "code.line.number": i,
          });
      };
    },
  });
  const report = await reportOf(path, START - 60, END + 60);
  expect(report.blocks).toHaveLength(10);
  expect(report.blocks.slice(0, 2)).toEqual([
    {
      function: "hash|all",
      file: "src/users.js",
      line: 12,
      seconds: 3,
      share: expect.closeTo(3 / 4.12),
    },
    {
      function: "garbage collection",
      file: null,
      line: null,
      seconds: 1,
      share: expect.closeTo(1 / 4.12),
    },
  ]);
  expect(report.summary.map(({ text }) => text)).toContain(
    "The event loop was blocked for 4.12 s, by hash|all (src/users.js:12) for 3 s.",
  );
  const text = markdownOf(report);
  expect(text).toContain("| hash\\|all | src/users.js:12 | 3 s | 72.8 % |");
  expect(text).toContain("| garbage collection |  | 1 s | 24.3 % |");
});

test("without blocks, a report has no such section", async () => {
  const path = join(newFolder("blocks"), "shop.db");
  await fillHistory({
    path,
    from: START,
    to: END,
    interval: 60,
    record: (meterProvider) => {
      const gauge = meterProvider.getMeter("shop").createGauge("queue.size");
      return () => gauge.record(1);
    },
  });
  const report = await reportOf(path, START - 60, END + 60);
  expect(report.blocks).toEqual([]);
  expect(markdownOf(report)).not.toContain("blocked");
});
