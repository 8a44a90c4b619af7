// The measured parts of the group, and the only file here that depends on the modules of src/group/.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBuild } from "../build.js";

const { MeterProvider } = await fromBuild("engine/meter-provider.js");
const { ImageReader } = await fromBuild("group/memory/image-reader.js");
const { ImageWriter } = await fromBuild("group/memory/image-writer.js");
const { mergeInto } = await fromBuild("group/merge/group-merge.js");
const { MemberReader } = await fromBuild("group/member-reader.js");
const { StateReport } = await fromBuild("group/state-report.js");
const { StateWriter } = await fromBuild("group/processes/state-writer.js");
const { inSlices } = await fromBuild("io/yield.js");

// Cells and kinds of upstream's enumeration.
const EXPONENTIAL_HISTOGRAM = 5;
const ROWS_PER_STEP = 64;

/**
 * Makes a group whose members are in this process. Returns a meter for each member, and `mergeNow`. It merges their
 * series once, and resolves with the total of all: the sum of the counters, or the count of the histograms.
 */
export async function groupInProcess({ members, exponential, limit }) {
  const aggregations = exponential ? { HISTOGRAM: { type: EXPONENTIAL_HISTOGRAM } } : {};
  const reader = new MemberReader({ aggregations, limits: {} });
  const options = { cardinalityLimit: limit };
  const provider = new MeterProvider({ ...options, readers: [reader] });
  const merge = mergeInto(provider);
  const meters = [];
  for (let i = 1; i <= members; i++) {
    const arrived = [];
    const memory = new ImageWriter({ isShared: true, onChunk: (chunk) => arrived.push(chunk) });
    const readers = [new MemberReader({ aggregations, limits: {} })];
    meters.push(new MeterProvider({ ...options, readers }, memory).getMeter("bench"));
    const image = new ImageReader(() => arrived.splice(0));
    merge.add({ name: `member ${i}`, slot: i, image });
  }
  return {
    meters,
    mergeNow: async () => {
      const { metrics } = await reader.producer.collectSeries();
      const total = { value: 0 };
      await inSlices(walk(metrics, total));
      return total.value;
    },
  };
}

/** Makes a process that reports to a folder. Returns a meter, and `reportNow`, which resolves once a state is written. */
export function reportInProcess({ limit }) {
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  const writer = new StateWriter(folder);
  const configuration = { interval: 1_000_000, readers: [{ aggregations: {}, limits: {} }] };
  const report = new StateReport(configuration, (figures) => writer.write(figures));
  const provider = new MeterProvider({ cardinalityLimit: limit });
  report.bind(provider);
  return {
    meter: provider.getMeter("bench"),
    reportNow: () => report.report(),
    end: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

// The first cell of a series is the sum of a counter, or the count of a histogram.
function* walk(metrics, total) {
  const visitor = { series: (cells, offset) => void (total.value += cells[offset]) };
  for (const { series } of metrics)
    for (let row = 0; row < series.length; row += ROWS_PER_STEP) {
      series.visit(row, row + ROWS_PER_STEP, visitor);
      yield;
    }
}
