// A range over 30 days of history at one hour: 200 series with a point each minute.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBuild } from "../build.js";
import { median, mustBe } from "../measure.js";
import { month } from "../history/data.js";

const HOUR = 3_600;
const RUNS = 5;

/** Measures a range of selected samples through the history's thread. */
export async function monthOfHistory() {
  const { open } = await import("../history/tachymeter.js");
  const { queryRange } = await fromBuild("query/index.js");
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  const store = await open(join(folder, "tachymeter.db"), month);
  try {
    for (const collection of month.collections()) await store.append(collection);
    const [from, to] = [month.start / 1_000 + HOUR, month.end / 1_000];
    const samples = [];
    for (let i = 0; i < RUNS; i++) {
      const started = performance.now();
      const { series } = await queryRange('{__name__=~"metric_.+"}', {
        source: store.history,
        from,
        to,
        step: HOUR,
      });
      samples.push(performance.now() - started);
      mustBe(series.length, month.series.length);
    }
    return { unit: "ms", value: median(samples), min: Math.min(...samples) };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
